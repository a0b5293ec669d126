// Signs in with the one-time password and chooses the next: node scripts/firstpassword.mjs URL ONE-TIME NEW
const [url, old, next] = process.argv.slice(2);
const login = await fetch(`${url}/api/v1/auth/login`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: 'admin', password: old }),
});
if (!login.ok) throw new Error(`sign in: ${login.status} ${await login.text()}`);
const cookie = login.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
const me = await (await fetch(`${url}/api/v1/auth/me`, { headers: { cookie } })).json();
const change = await fetch(`${url}/api/v1/auth/password`, {
  method: 'POST', headers: { cookie, 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf }, body: JSON.stringify({ old, new: next }),
});
if (!change.ok) throw new Error(`change the password: ${change.status} ${await change.text()}`);
