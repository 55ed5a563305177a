/**
 * How the API of a running Kestra server is reached. Every resource takes one as a secret input; it never holds a token
 * that expires.
 */
export interface Connection {
  kind: "address";
  /** Root of the server, without a trailing slash: `http://127.0.0.1:8080`. */
  url: string;
  /** An e-mail address: Kestra's rule for user names. */
  username: string;
  /** At least 8 characters with an upper-case letter, a lower-case letter and a digit: Kestra's rule. */
  password: string;
}
