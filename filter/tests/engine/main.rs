//! The whole core without Envoy: requests and answers of the provider go in, steps come out.

mod access;
mod after_sign_out;
mod bearer;
mod clients;
mod driver;
mod faults;
mod headers;
mod lease;
mod lost_tokens;
mod own_endpoints;
mod pages;
mod parked_bytes;
mod paths;
mod readings;
mod ready;
mod recipes;
mod redirects;
mod refresh;
mod refusals;
mod sessions;
mod sign_in;
mod sign_out;
mod step_up;
mod tossed_cookies;
mod under_way;
mod world;
