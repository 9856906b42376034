//! What a Rust service does with vaultrs, unchanged, over mTLS (VAULT_CLIENT_CERT, VAULT_CLIENT_KEY).
use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use vaultrs::api::token::requests::CreateTokenRequest;
use vaultrs::api::transit::requests::DataKeyType;
use vaultrs::client::{Client, VaultClient, VaultClientSettingsBuilder};
use vaultrs::error::ClientError;
use vaultrs::{auth, cubbyhole, kv1, kv2, sys, token, transit};

static FAILURES: AtomicUsize = AtomicUsize::new(0);

fn check<T: std::fmt::Debug>(sentence: &str, answer: Result<T, ClientError>, good: impl Fn(&T) -> bool) {
    match &answer {
        Ok(value) if good(value) => return println!("ok - rust vaultrs: {sentence}"),
        other => println!("not ok - rust vaultrs: {sentence}: {other:?}"),
    }
    FAILURES.fetch_add(1, Ordering::Relaxed);
}

fn refused<T>(sentence: &str, answer: Result<T, ClientError>, status: u16) {
    match answer {
        Err(ClientError::APIError { code, .. }) if code == status => {
            println!("ok - rust vaultrs: {sentence}")
        }
        _ => {
            println!("not ok - rust vaultrs: {sentence}");
            FAILURES.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn secrets(v: &VaultClient) -> Result<(), ClientError> {
    check("write", kv2::set(v, "secret", "rust/a", &json!({"k": "v"})).await, |m| m.version == 1);
    check("read", kv2::read::<Value>(v, "secret", "rust/a").await, |d| d["k"] == "v");
    check("list", kv2::list(v, "secret", "rust").await, |k| k == &vec!["a".to_string()]);
    check("metadata", kv2::read_metadata(v, "secret", "rust/a").await, |m| m.current_version == 1);
    kv2::delete_versions(v, "secret", "rust/a", vec![1]).await?;
    kv2::undelete_versions(v, "secret", "rust/a", vec![1]).await?;
    kv2::delete_metadata(v, "secret", "rust/a").await?;
    refused("what is gone is 404", kv2::read::<Value>(v, "secret", "rust/a").await, 404);
    sys::mount::enable(v, "rust-kv", "kv", None).await?;
    check("mounts", sys::mount::list(v).await, |m| m.contains_key("rust-kv/"));
    kv1::set(v, "rust-kv", "a", &std::collections::HashMap::from([("k", "v")])).await?;
    check("KV version 1", kv1::get::<Value>(v, "rust-kv", "a").await, |d| d["k"] == "v");
    sys::mount::disable(v, "rust-kv").await?;
    cubbyhole::set(v, "cubbyhole", "x", &std::collections::HashMap::from([("k", "v")])).await?;
    check("cubbyhole", cubbyhole::get::<Value>(v, "cubbyhole", "x").await, |d| d["k"] == "v");
    Ok(())
}

async fn keys(v: &VaultClient) -> Result<(), ClientError> {
    let text = STANDARD.encode("hello");
    transit::key::create(v, "transit", "rust", None).await?;
    check("key", transit::key::read(v, "transit", "rust").await, |k| !k.exportable);
    let sealed = transit::data::encrypt(v, "transit", "rust", &text, None).await?.ciphertext;
    check("decrypt", transit::data::decrypt(v, "transit", "rust", &sealed, None).await,
        |d| d.plaintext == text);
    transit::key::rotate(v, "transit", "rust").await?;
    check("rewrap", transit::data::rewrap(v, "transit", "rust", &sealed, None).await,
        |d| d.ciphertext.starts_with("vault:v2:"));
    check("data key",
        transit::generate::data_key(v, "transit", "rust", DataKeyType::Wrapped, None).await,
        |d| d.ciphertext.starts_with("vault:v2:"));
    check("hmac", transit::generate::hmac(v, "transit", "rust", &text, None).await,
        |d| d.hmac.starts_with("vault:v2:"));
    refused("no backup", transit::key::backup(v, "transit", "rust").await, 400);
    Ok(())
}

async fn tokens(v: &VaultClient) -> Result<(), ClientError> {
    let child = token::new(v, Some(CreateTokenRequest::builder()
        .policies(vec!["default".to_string()]).ttl("5m"))).await?;
    check("look up", token::lookup(v, &child.client_token).await, |t| t.ttl > 0);
    check("renew", token::renew(v, &child.client_token, Some("10m")).await, |a| a.lease_duration > 0);
    token::revoke(v, &child.client_token).await?;
    refused("revoked", token::lookup(v, &child.client_token).await, 403);
    Ok(())
}

async fn system(v: &VaultClient) -> Result<(), ClientError> {
    check("seal status", sys::status(v).await, |s| format!("{s:?}") == "OK");
    check("auth mounts", sys::auth::list(v).await, |m| m.contains_key("cert/"));
    sys::policy::set(v, "rust", "path \"secret/data/rust/*\" { capabilities = [\"read\"] }").await?;
    check("policy", sys::policy::read(v, "rust").await, |p| p.rules.contains("rust"));
    sys::policy::delete(v, "rust").await?;
    check("cert roles", auth::cert::ca_cert_role::list(v, "cert").await,
        |r| r.keys.contains(&"operators".to_string()));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ClientError> {
    let mut v = VaultClient::new(VaultClientSettingsBuilder::default().build().unwrap())?;
    let login = auth::cert::login(&v, "cert", "operators").await?;
    v.set_token(&login.client_token);
    check("log in and look oneself up", token::lookup_self(&v).await, |t| t.ttl > 0);
    secrets(&v).await?;
    keys(&v).await?;
    tokens(&v).await?;
    system(&v).await?;
    token::revoke_self(&v).await?;
    refused("after revoke-self", token::lookup_self(&v).await, 403);
    std::process::exit((FAILURES.load(Ordering::Relaxed) > 0) as i32)
}
