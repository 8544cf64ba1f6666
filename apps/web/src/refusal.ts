/** What cannot be done, in one line for people. */
export class Refusal extends Error {
  override name = "Refusal";
}
