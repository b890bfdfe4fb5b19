//! What broke other filters of this kind, tried on this one in a real Envoy.

mod auth_query;
mod bearer;
mod budget;
mod callback;
mod cookies;
mod ended;
mod equated_paths;
mod everyday_paths;
mod headers;
mod hosts;
mod keys;
mod loading;
mod lost_tokens;
mod networks;
mod pages;
mod path_oracle;
mod paths;
mod policy_matrix;
mod redirects;
mod replies;
mod requests;
mod rules;
mod step_up;
mod tossed_cookies;
