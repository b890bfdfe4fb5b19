//! A person at the sign-in page, without a browser.

use std::error::Error;

use super::endpoint::SIGN_IN_PATH;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Visits `authorization_url` and clicks on the person where the page asks; gives the authorization
/// response's URL. `browser` follows no redirects.
///
/// `cookies` is what the browser holds of the stand-in, as a `Cookie` header: empty at first, then with
/// Okta's session, so that the next visit passes without a click.
pub async fn sign_in(
    browser: &reqwest::Client,
    authorization_url: &str,
    nick: &str,
    cookies: &mut String,
) -> Result<String> {
    visit(browser, authorization_url, ("person", nick), cookies).await
}

/// The same, but the person denies.
pub async fn deny(
    browser: &reqwest::Client,
    authorization_url: &str,
    cookies: &mut String,
) -> Result<String> {
    visit(browser, authorization_url, ("deny", "yes"), cookies).await
}

async fn visit(
    browser: &reqwest::Client,
    authorization_url: &str,
    button: (&str, &str),
    cookies: &mut String,
) -> Result<String> {
    let mut answer = browser.get(authorization_url).header("cookie", cookies.as_str()).send().await?;
    if answer.status() == 200 {
        let mut url = answer.url().clone();
        url.set_path(SIGN_IN_PATH);
        url.set_query(None);
        let page = answer.text().await?;
        let transaction =
            between(&page, "name=\"transaction\" value=\"", "\"").ok_or("not the sign-in page")?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("transaction", transaction)
            .append_pair(button.0, button.1)
            .finish();
        answer = browser
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookies.as_str())
            .body(form)
            .send()
            .await?;
    }
    if let Some(cookie) = answer.headers().get("set-cookie") {
        *cookies = cookie.to_str()?.split(';').next().unwrap_or_default().into();
    }
    match answer.headers().get("location") {
        Some(location) => Ok(location.to_str()?.into()),
        None => {
            let (status, page) = (answer.status(), answer.text().await?);
            Err(format!(
                "no redirect but {status}: {}",
                between(&page, "<p id=\"error\">", "<").unwrap_or("")
            )
            .into())
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
