/** Shows where the open bundle comes from and who signed it, in words, marks and colours. */

import type { Opened } from "../protocol.ts";
import { provenance, type Source, type Statement } from "../provenance.ts";
import type { Site } from "../site.ts";

interface Props {
  readonly opened: Opened;
  readonly source: Source;
  readonly site: Site;
}

const MARKS: Record<Statement["tone"], string> = { known: "✓", unknown: "?", warning: "!" };

export function Provenance({ opened, source, site }: Props) {
  return (
    <section class="provenance" aria-labelledby="provenance">
      <h2 id="provenance">
        Where {opened.name} {opened.version} comes from
      </h2>
      <div role="status" aria-atomic="true">
        <ul>
          {provenance(opened, source, site).map(({ tone, text }) => (
            <li key={text} class={tone}>
              <span class="mark" aria-hidden="true">
                {MARKS[tone]}
              </span>
              <span>
                {tone === "warning" && <strong>Warning: </strong>}
                {text}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
