//! The fleet: each gateway is an Envoy with a driver for each worker and one for the main thread, and shared data of its own.

use std::collections::BTreeMap;

use serde_json::Value;
use vestibule::driver::{CallToken, Driver, Effect, Outside, StreamId};
use vestibule::engine::Request;
use vestibule::inputs::Timestamp;
use vestibule::oidc::HttpCall;
use vestibule::page;
use vestibule_testing::{TestEntropy, TestShared};

use crate::okta::Okta;
use crate::world::{Browser, cookies_set_by, engine, page as page_headers};

pub(crate) struct Fleet {
    gateways: Vec<Gateway>,
    pub(crate) okta: Okta,
    pub(crate) now: Timestamp,
    entropy: TestEntropy,
    streams: StreamId,
    tokens: CallToken,
}

struct Gateway {
    /// The last is the main thread's, which no request comes to.
    drivers: Vec<Driver>,
    shared: TestShared,
}

/// Which worker of which gateway.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) gateway: usize,
    pub(crate) worker: usize,
}

/// What a browser got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Application,
    /// With where to.
    Redirect(String),
    Refused(u16),
}

impl Fleet {
    pub(crate) fn start(gateways: usize, workers: usize, config: &Value, okta: Okta) -> Self {
        let gateway = || {
            let driver = || {
                let mut driver = Driver::default();
                driver.configure(Some(engine(config)));
                driver
            };
            Gateway { drivers: (0..=workers).map(|_| driver()).collect(), shared: TestShared::default() }
        };
        Self {
            gateways: (0..gateways).map(|_| gateway()).collect(),
            okta,
            now: Timestamp(1_800_000_000),
            entropy: TestEntropy::default(),
            streams: 0,
            tokens: 0,
        }
    }

    /// A second passes: everybody ticks a few times, and calls are answered.
    pub(crate) fn second(&mut self) {
        self.now = self.now.plus(1);
        for gateway in 0..self.gateways.len() {
            for worker in 0..self.gateways[gateway].drivers.len() {
                for _ in 0..3 {
                    let left =
                        self.tell(Place { gateway, worker }, |driver, outside| driver.on_tick(outside));
                    assert!(left.is_empty(), "nobody waits between two requests");
                }
            }
        }
    }

    /// A browser opens a page, and waits for the answer, whose cookies it keeps.
    pub(crate) fn open(&mut self, at: Place, path: &str, browser: &mut Browser) -> Got {
        let mut headers = page_headers(path);
        if !browser.0.is_empty() {
            headers.push(("cookie", browser.header()));
        }
        self.streams += 1;
        let stream = self.streams;
        let request = Request::of(&headers);
        let mut fates = self.tell(at, |driver, outside| driver.on_request(stream, request, outside));
        // It waits for what the root context fetches: a refresh, or metadata.
        for _ in 0..20 {
            if fates.contains_key(&stream) {
                break;
            }
            fates = self.tell(at, |driver, outside| driver.on_tick(outside));
        }
        let (got, cookies) = fates.remove(&stream).expect("an answer within some ticks");
        cookies.iter().for_each(|cookie| browser.keep_cookie(cookie));
        self.gateways[at.gateway].drivers[at.worker].on_stream_gone(stream);
        got
    }

    fn tell(
        &mut self,
        at: Place,
        event: impl FnOnce(&mut Driver, &mut Outside<'_>),
    ) -> BTreeMap<StreamId, (Got, Vec<String>)> {
        let Self { gateways, okta, now, entropy, tokens, .. } = self;
        let Gateway { drivers, shared } = &mut gateways[at.gateway];
        let driver = &mut drivers[at.worker];
        let outside =
            &mut Outside { now: *now, milliseconds: now.0 * 1000, entropy, shared, source: &mut || None };
        event(driver, outside);
        let mut fates = BTreeMap::new();
        let mut calls: Vec<(CallToken, HttpCall)> = Vec::new();
        loop {
            while let Some(effect) = driver.next_effect() {
                match effect {
                    Effect::Forward(stream, ..) => {
                        let cookies = cookies_set_by(&driver.on_response(stream, || *now));
                        fates.insert(stream, (Got::Application, cookies));
                    }
                    Effect::Reply(stream, reply, _) => {
                        let answer = page::render(&reply);
                        let all = |name| {
                            answer
                                .headers
                                .iter()
                                .filter(move |(own, _)| *own == name)
                                .map(|(_, value)| value.clone())
                        };
                        let got = match answer.status {
                            302 => Got::Redirect(all("location").next().unwrap_or_default()),
                            status => Got::Refused(status),
                        };
                        fates.insert(stream, (got, all("set-cookie").collect()));
                    }
                    Effect::Call(call, then) => {
                        *tokens += 1;
                        driver.on_call_made(*tokens, then, now.0 * 1000);
                        calls.push((*tokens, call));
                    }
                    Effect::Ignore(_)
                    | Effect::HideQuery(_)
                    | Effect::Tick(_)
                    | Effect::Event(_)
                    | Effect::Log(_) => {}
                }
            }
            let Some((token, call)) = calls.pop() else { return fates };
            let answer = okta.answer(&call, *now);
            driver.on_answer(token, &answer, outside);
        }
    }
}
