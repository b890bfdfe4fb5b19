//! The HTTP status of the filter's own answers, of which Envoy makes 200 where a request says that it is gRPC.

use serde_json::json;
use vestibule::driver::StreamId;
use vestibule::engine::HeaderEdit;

use super::Host;
use crate::world::*;

/// The status that a response is to have, whatever Envoy has made of it.
pub(super) fn statuses(host: &mut Host, stream: StreamId) -> Vec<String> {
    let now = host.world.now;
    let edits = host.driver.on_response(stream, || now);
    edits
        .into_iter()
        .map(|edit| match edit {
            HeaderEdit::Set(name, value) if *name == *":status" => String::from_utf8(value.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The attacker says to be a gRPC client, and a proxy passes that on to `<prefix>/auth`: Envoy would answer 200.
#[test]
fn an_answer_of_auth_keeps_its_status_whatever_the_content_type_says() {
    let mut host = Host::ready(&json!({}));
    let grpc =
        |path: &str| [bare("GET", path), vec![("content-type", "application/grpc".to_owned())]].concat();
    let two = |path: &str| [grpc(path), vec![("authorization", "a".to_owned()); 2]].concat();
    for (stream, request, wanted) in [
        (1, grpc("/oauth2/auth"), &["401"][..]),
        (2, grpc("/oauth2/auth?allowed_x=y"), &["400"]),
        (3, two("/oauth2/auth"), &["400"]),
        (4, grpc("/oauth2/callback?code=c&state=s"), &["400"]),
        (5, bare("GET", "/oauth2/auth"), &[]),
        // Of the application: there gRPC's own status counts.
        (6, grpc("/oauth2x/auth"), &[]),
        (7, grpc("/pkg.Service/Method"), &[]),
    ] {
        host.send(stream, request);
        assert_eq!(statuses(&mut host, stream), wanted, "{stream}");
        assert_eq!(statuses(&mut host, stream), [""; 0], "{stream}: once");
    }
}
