import assert from "node:assert/strict";
import { TemporaryFolder } from "../../../local/lab/temporaryFolder";
import { freshToken, isFresh, pass } from "../../fakes/clock";
import { Store } from "../../fakes/store";

describe("the fakes' clock", () => {
  const { env } = process;
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    process.env = { ...env, GOOGLE_OAUTH_ACCESS_TOKEN: "token" };
  });
  afterEach(() => {
    process.env = env;
    folder.dispose();
  });

  it("lets a token expire after an hour, and knows no other account's", () => {
    const store = new Store("store");
    pass(store, 10);
    const token = freshToken(store);
    assert.notEqual(freshToken(store), token);
    assert.deepEqual([isFresh(token, store), isFresh("other.10.ab", store), isFresh("", store)], [true, false, false]);
    pass(store, 59);
    assert.equal(isFresh(token, store), true);
    pass(store, 1);
    assert.equal(isFresh(token, store), false);
  });
});
