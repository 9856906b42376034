// What a Node service does with node-vault, unchanged, over mTLS.
'use strict';

const fs = require('fs');
const path = require('path');

const home = process.env.HUBLET;
let failures = 0;

function check(sentence, truth, detail) {
	failures += truth ? 0 : 1;
	console.log(`${truth ? 'ok' : 'not ok'} - node-vault: ${sentence}` +
	    (truth || detail === undefined ? '' : `: ${JSON.stringify(detail)}`));
}

async function refusal(promise) {
	try {
		await promise;
		return null;
	} catch (e) {
		return e;
	}
}

function connect(who) {
	const file = (name) => fs.readFileSync(path.join(home, name));

	return require('node-vault')({
		endpoint: process.env.VAULT_ADDR,
		requestOptions: { ca: file('ca.pem'), cert: file(`${who}.pem`), key: file(`${who}.key`) },
	});
}

async function main() {
	const v = connect('operator');
	const text = Buffer.from('hello').toString('base64');

	check('health', (await v.health()).sealed === false);
	check('status', (await v.status()).initialized === true);
	check('initialized', (await v.initialized()).initialized === true);
	const login = await v.write('auth/cert/login', {});
	check('login with the certificate', Boolean(login.auth.client_token), login);
	v.token = login.auth.client_token;
	check('lookup-self', (await v.tokenLookupSelf()).data.type === 'service');
	check('renew-self goes on with a token that works',
	    Boolean((await v.tokenRenewSelf()).auth.client_token) &&
	    Boolean((await v.tokenLookupSelf()).data));

	await v.write('secret/data/node/a', { data: { k: 'v' } });
	check('read', (await v.read('secret/data/node/a')).data.data.k === 'v');
	check('list by its own verb', (await v.list('secret/metadata/node')).data.keys[0] === 'a');
	await v.update('secret/data/node/a', { data: { n: 1 } });
	check('patch', (await v.read('secret/data/node/a')).data.data.n === 1);
	await v.delete('secret/metadata/node/a');
	const gone = await refusal(v.read('secret/data/node/a'));
	check('a secret that is gone is 404', gone && gone.response.statusCode === 404, gone);

	check('mounts, at the top level', Boolean((await v.mounts())['secret/']));
	await v.mount({ mount_point: 'node-kv', type: 'kv', description: 'of a test' });
	check('mount', (await v.mounts())['node-kv/'].description === 'of a test');
	await v.remount({ from: 'node-kv', to: 'node-kv2' });
	await v.unmount({ mount_point: 'node-kv2' });
	check('unmount', !(await v.mounts())['node-kv2/']);
	check('auths', Boolean((await v.auths())['cert/']));
	check('policies', (await v.policies()).policies.includes('default'));
	await v.addPolicy({ name: 'node', rules: 'path "secret/data/node/*" { capabilities = ["read"] }' });
	check('a policy in its older form', (await v.getPolicy({ name: 'node' })).rules.includes('node'));
	await v.removePolicy({ name: 'node' });
	check('audits', Boolean((await v.audits())['file/']));

	const child = await v.tokenCreate({ policies: ['default'], ttl: '5m' });
	v.token = login.auth.client_token;
	check('token create', Boolean(child.auth.accessor));
	check('token lookup', (await v.tokenLookup({ token: child.auth.client_token })).data.ttl <= 300);
	check('token accessors', Array.isArray((await v.tokenAccessors()).data.keys));
	await v.tokenRevoke({ token: child.auth.client_token });
	const bad = await refusal(v.tokenLookup({ token: child.auth.client_token }));
	check('a revoked token is 403', bad && bad.response.statusCode === 403, bad);

	await v.write('transit/keys/node', {});
	const sealed = (await v.encryptData({ name: 'node', plaintext: text })).data.ciphertext;
	check('encrypt and decrypt',
	    (await v.decryptData({ name: 'node', ciphertext: sealed })).data.plaintext === text);
	const wrapped = await v.write('sys/wrapping/wrap', { a: 'b' },
	    { headers: { 'X-Vault-Wrap-TTL': '60' } });
	check('unwrap', (await v.unwrap({ token: wrapped.wrap_info.token })).data.a === 'b');
	const term = (await v.read('sys/key-status')).data.term;
	await v.rotate();
	check('rotate', (await v.read('sys/key-status')).data.term === term + 1);
	const denied = await refusal(connect('mailer').read('secret/data/node/a'));
	check('who may not gets 403', denied && denied.response.statusCode === 403, denied);
	await v.tokenRevokeSelf();
	check('revoke-self', Boolean(await refusal(v.tokenLookupSelf())));
}

main().then(() => process.exit(failures ? 1 : 0), (e) => {
	console.log(`not ok - node-vault: (ended by ${e.message})`);
	console.error(e);
	process.exit(1);
});
