/** A button that lets a file be chosen. */

interface Props {
  readonly label: string;
  /** Media types; all where it is left out */
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
          // Or the same file could not be chosen again.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
