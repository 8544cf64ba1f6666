/** A button that opens the file dialog. */

interface Props {
  readonly label: string;
  /** The media types to offer. All files are offered if it is missing. */
  readonly accept?: string;
  readonly onFile: (file: File) => void;
}

export function FilePicker({ label, accept, onFile }: Props) {
  return (
    <label class="button">
      {label}
      <input
        type="file"
        class="hidden"
        {...(accept === undefined ? {} : { accept })}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) {
            onFile(file);
          }
          // Without this, the same file could not be chosen twice.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
