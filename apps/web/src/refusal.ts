/** An error whose message is one line for the user. */
export class Refusal extends Error {
  override name = "Refusal";
}
