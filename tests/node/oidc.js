// A city's OpenID provider that is none of ours: node oidc.js PORT CLIENT SECRET REDIRECT
// Whoever gives an e-mail address there is its owner. Claims come from userinfo, as the standard
// has it for codes.
import Provider from "oidc-provider";

const [port, client_id, client_secret, redirect] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id, client_secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: true, name: "Of the city" }),
  }),
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
