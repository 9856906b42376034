// What a Go service does with the API package of the stock client, unchanged, over mTLS.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/vault/api"
)

var failures int

func check(sentence string, truth bool, detail ...any) {
	if truth {
		fmt.Println("ok - go api:", sentence)
		return
	}
	failures++
	fmt.Println("not ok - go api:", sentence, detail)
}

func status(err error) int {
	var e *api.ResponseError
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

func connect(who string) *api.Client {
	home := os.Getenv("HUBLET")
	config := api.DefaultConfig()
	config.Address = os.Getenv("VAULT_ADDR")
	must(config.ConfigureTLS(&api.TLSConfig{
		CACert:     filepath.Join(home, "ca.pem"),
		ClientCert: filepath.Join(home, who+".pem"),
		ClientKey:  filepath.Join(home, who+".key"),
	}))
	client, err := api.NewClient(config)
	must(err)
	return client
}

func must(err error) {
	if err != nil {
		fmt.Println("not ok - go api: (ended by", err, ")")
		os.Exit(1)
	}
}

func secrets(v *api.Client) {
	ctx := context.Background()
	kv := v.KVv2("secret")
	put, err := kv.Put(ctx, "go/a", map[string]any{"k": "v"}, api.WithCheckAndSet(0))
	must(err)
	check("put with cas=0", put.VersionMetadata.Version == 1)
	_, err = kv.Put(ctx, "go/a", map[string]any{}, api.WithCheckAndSet(0))
	check("again it is refused", status(err) == 400, err)
	_, err = kv.Patch(ctx, "go/a", map[string]any{"n": 1})
	must(err)
	got, err := kv.Get(ctx, "go/a")
	must(err)
	check("patch and get", got.Data["k"] == "v" && fmt.Sprint(got.Data["n"]) == "1", got)
	_, err = kv.Rollback(ctx, "go/a", 1)
	must(err)
	must(kv.Delete(ctx, "go/a"))
	got, err = kv.Get(ctx, "go/a")
	check("a deleted version is told with its time",
		err == nil && got.Data == nil && !got.VersionMetadata.DeletionTime.IsZero(), err)
	must(kv.Undelete(ctx, "go/a", []int{3}))
	must(kv.Destroy(ctx, "go/a", []int{1}))
	versions, err := kv.GetVersionsAsList(ctx, "go/a")
	check("versions", err == nil && len(versions) == 3 && versions[0].Destroyed, err)
	must(kv.PutMetadata(ctx, "go/a", api.KVMetadataPutInput{CustomMetadata: map[string]any{"a": "b"}}))
	must(kv.DeleteMetadata(ctx, "go/a"))
	_, err = kv.Get(ctx, "go/a")
	check("what is gone is ErrSecretNotFound", errors.Is(err, api.ErrSecretNotFound), err)
	none, err := v.Logical().List("secret/metadata/nowhere")
	check("a list of nothing is nil", none == nil && err == nil, err)
}

func tokens(v *api.Client) {
	child, err := v.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{"default"}, TTL: "1m", Metadata: map[string]string{"for": "a job"}})
	must(err)
	look, err := v.Auth().Token().Lookup(child.Auth.ClientToken)
	must(err)
	ttl, _ := look.TokenTTL()
	renewable, _ := look.TokenIsRenewable()
	check("child token", ttl > 0 && ttl <= time.Minute && renewable, look.Data)
	watcher, err := v.NewLifetimeWatcher(&api.LifetimeWatcherInput{Secret: child, Increment: 60})
	must(err)
	go watcher.Start()
	select {
	case renewal := <-watcher.RenewCh():
		check("the lifetime watcher renews", renewal.Secret.Auth.LeaseDuration > 0)
	case err := <-watcher.DoneCh():
		check("the lifetime watcher renews", false, err)
	case <-time.After(20 * time.Second):
		check("the lifetime watcher renews", false, "no renewal")
	}
	watcher.Stop()
	must(v.Auth().Token().RevokeTree(child.Auth.ClientToken))
	_, err = v.Auth().Token().Lookup(child.Auth.ClientToken)
	check("revoked", status(err) == 403, err)
	capabilities, err := v.Sys().CapabilitiesSelf("secret/data/x")
	check("capabilities", err == nil && len(capabilities) > 1, capabilities, err)
}

func wrapping(v *api.Client) {
	wrapped, err := v.Clone()
	must(err)
	wrapped.SetToken(v.Token())
	wrapped.SetWrappingLookupFunc(func(string, string) string { return "30s" })
	_, err = v.KVv2("secret").Put(context.Background(), "go/w", map[string]any{"k": "v"})
	must(err)
	reply, err := wrapped.Logical().Read("secret/data/go/w")
	must(err)
	check("a reply is wrapped", reply.WrapInfo != nil && reply.Data == nil)
	inner, err := v.Logical().Unwrap(reply.WrapInfo.Token)
	must(err)
	check("and unwrapped", inner.Data["data"].(map[string]any)["k"] == "v")
	_, err = v.Logical().Unwrap(reply.WrapInfo.Token)
	check("once", status(err) == 400, err)
}

func transit(v *api.Client) {
	text := base64.StdEncoding.EncodeToString([]byte("hello"))
	write := func(path string, data map[string]any) *api.Secret {
		s, err := v.Logical().Write(path, data)
		must(err)
		return s
	}
	write("transit/keys/go", map[string]any{"type": "aes256-gcm96"})
	sealed := write("transit/encrypt/go", map[string]any{"plaintext": text}).Data["ciphertext"]
	opened := write("transit/decrypt/go", map[string]any{"ciphertext": sealed}).Data["plaintext"]
	check("encrypt and decrypt", opened == text)
	write("transit/keys/go-sign", map[string]any{"type": "ecdsa-p256", "exportable": false,
		"auto_rotate_period": 0})
	signature := write("transit/sign/go-sign/sha2-256", map[string]any{"input": text,
		"marshaling_algorithm": "asn1"}).Data["signature"]
	verdict := write("transit/verify/go-sign/sha2-256", map[string]any{"input": text,
		"signature": signature, "marshaling_algorithm": "asn1"}).Data["valid"]
	check("sign and verify", verdict == true)
	_, err := v.Logical().Read("transit/export/encryption-key/go")
	check("no export", status(err) == 400, err)
}

func system(v *api.Client) {
	health, err := v.Sys().Health()
	check("health", err == nil && health.Initialized && !health.Sealed, err)
	seal, err := v.Sys().SealStatus()
	check("seal status", err == nil && !seal.Sealed && seal.Type == "shamir", err)
	must(v.Sys().Mount("go-kv", &api.MountInput{Type: "kv", Options: map[string]string{"version": "1"}}))
	mounts, err := v.Sys().ListMounts()
	check("mounts", err == nil && mounts["go-kv/"] != nil && mounts["go-kv/"].Options["version"] == "1", err)
	must(v.KVv1("go-kv").Put(context.Background(), "a", map[string]any{"k": "v"}))
	must(v.Sys().TuneMount("go-kv", api.MountConfigInput{MaxLeaseTTL: "2h"}))
	must(v.Sys().Remount("go-kv", "go-kv2"))
	one, err := v.KVv1("go-kv2").Get(context.Background(), "a")
	check("a moved mount keeps its secrets", err == nil && one.Data["k"] == "v", err)
	must(v.Sys().Unmount("go-kv2"))
	must(v.Sys().PutPolicy("go", `path "secret/data/go/*" { capabilities = ["read"] }`))
	policy, err := v.Sys().GetPolicy("go")
	check("policy", err == nil && policy != "", err)
	must(v.Sys().DeletePolicy("go"))
	must(v.Sys().EnableAuthWithOptions("cert-go", &api.EnableAuthOptions{Type: "cert"}))
	auth, err := v.Sys().ListAuth()
	check("auth mounts", err == nil && auth["cert-go/"] != nil, err)
	must(v.Sys().DisableAuth("cert-go"))
	audit, err := v.Sys().ListAudit()
	check("audit devices", err == nil && audit["file/"] != nil, err)
	leader, err := v.Sys().Leader()
	check("leader", err == nil && !leader.HAEnabled, err)
	key, err := v.Sys().KeyStatus()
	check("key status", err == nil && key.Term >= 1, err)
}

func main() {
	v := connect("operator")
	login, err := v.Logical().Write("auth/cert/login", map[string]any{"name": ""})
	must(err)
	v.SetToken(login.Auth.ClientToken)
	self, err := v.Auth().Token().LookupSelf()
	check("login with the certificate", err == nil && self.Data["type"] == "service", err)
	secrets(v)
	tokens(v)
	wrapping(v)
	transit(v)
	system(v)
	_, err = connect("mailer").Logical().Read("secret/data/go/w")
	check("who may not gets 403", status(err) == http.StatusForbidden, err)
	must(v.Auth().Token().RevokeSelf(""))
	_, err = v.Auth().Token().LookupSelf()
	check("after revoke-self the token is nothing", status(err) == 403, err)
	if failures > 0 {
		os.Exit(1)
	}
}
