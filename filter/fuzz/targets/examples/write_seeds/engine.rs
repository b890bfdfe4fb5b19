//! Runs of the engine: sign-ins, sessions and their ends, as `script` reads them.

/// One run: the setting, then acts as `script` reads them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const ALL_COOKIES: [u8; 4] = [7, 0, 0, 0];
    let ask = |page: u8| [[0, page, 0, 0, 255, 0, 0, 0].as_slice(), &ALL_COOKIES].concat();
    let forge = |page: u8, name: u8| [[0, page, 0, 0, 255, 0, 0, name].as_slice(), &ALL_COOKIES].concat();
    let bend =
        |page: u8, piece: u8, at: u8| [[0, page, piece, at, 255, 0, 0, 0].as_slice(), &ALL_COOKIES].concat();
    let twist = |twist: u8, at: u8| [0, 1, 0, 0, 255, 0, 0, 0, 7, 128 + twist, 0, at].to_vec();
    let back = |response: u8| [[4, 0, response, 255].as_slice(), &ALL_COOKIES].concat();
    let answer = |fault: u8, person: u8| vec![6, 0, fault, person, 0];
    let fetch = |kind: u8| vec![8, kind];
    let tick = |after: u8| vec![10, after];
    let wait = |seconds: u16| [[12].as_slice(), &seconds.to_le_bytes()].concat();
    let ready = || [fetch(0), fetch(0)].concat();
    let sign_in = |person: u8| [ask(1), back(15), answer(0, person)].concat();

    let mut runs = vec![
        [ready(), sign_in(0), ask(1), ask(7), ask(2), ask(6)].concat(),
        [ready(), sign_in(1), ask(7), ask(19), ask(20), ask(17), ask(1)].concat(),
        [ready(), sign_in(2), answer(0, 2), ask(7), ask(5)].concat(),
        [ready(), sign_in(3), ask(1), ask(7), ask(20)].concat(),
        [ready(), sign_in(4), ask(1), ask(17)].concat(),
        [ready(), sign_in(5), ask(1)].concat(),
        // Not ready: the request waits, is decided anew, and another is given up.
        [ask(1), ask(1), ready(), tick(0), tick(10), ask(1)].concat(),
        // The keys were rotated between two sign-ins.
        [ready(), sign_in(0), vec![14, 0], wait(30), sign_in(1), fetch(0), tick(0), ask(1)].concat(),
        [ready(), sign_in(0), wait(400), ask(1), wait(599), ask(1), wait(599), ask(1), wait(30000), ask(1)]
            .concat(),
        [ready(), sign_in(0), vec![14, 1], ask(1), fetch(2), fetch(3), ready(), ask(1)].concat(),
        [ready(), vec![14, 3], ask(1), vec![14, 4], ask(1), wait(901), back(15)].concat(),
        // Refreshes: renewed, with a group less, refused, and on two workers.
        [
            ready(),
            sign_in(0),
            wait(500),
            ask(7),
            fetch(0),
            tick(0),
            ask(7),
            wait(500),
            ask(7),
            fetch(1),
            tick(0),
        ]
        .concat(),
        [ready(), sign_in(2), answer(0, 2), wait(500), ask(7), fetch(6), tick(0), ask(7), wait(700), ask(1)]
            .concat(),
        [ready(), sign_in(0), wait(500), ask(7), fetch(4), tick(0), wait(200), ask(7), ask(5)].concat(),
        [ready(), sign_in(0), wait(500), ask(7), fetch(2), tick(0), wait(2), ask(7), fetch(0), tick(0)]
            .concat(),
        [
            ready(),
            vec![14, 2],
            ready(),
            sign_in(0),
            wait(500),
            ask(7),
            vec![14, 2],
            ask(7),
            fetch(0),
            tick(0),
            vec![14, 2],
            fetch(0),
            tick(0),
        ]
        .concat(),
        [ready(), sign_in(0), wait(500), ask(7), tick(10), ask(17), fetch(0), ask(7)].concat(),
        [fetch(6), fetch(0), ask(1), back(10), ask(1), back(6), ask(1), back(15), answer(0, 0)].concat(),
        [ready(), ask(10), back(15), answer(0, 0), ask(11), ask(12), ask(13), ask(14), ask(15), ask(16)]
            .concat(),
        [fetch(1), fetch(2), fetch(4), ask(1), wait(60), fetch(5), fetch(5), ask(1), back(15), answer(0, 2)]
            .concat(),
    ];
    // The application takes its time, so that a renewed cookie comes late, or too late.
    let (slow, respond) = (|| vec![14, 5], || vec![14, 7]);
    let refresh = || [wait(500), ask(7), fetch(0)].concat();
    runs.push(
        [ready(), slow(), sign_in(0), refresh(), wait(5), respond(), refresh(), wait(6), respond()].concat(),
    );
    runs.push(
        [ready(), slow(), sign_in(0), refresh(), respond(), refresh(), vec![13, 3], respond()].concat(),
    );
    // The person signs out while an answer is under way, which brings the cookies back.
    runs.push(
        [
            ready(),
            slow(),
            sign_in(0),
            refresh(),
            ask(17),
            respond(),
            ask(1),
            ask(7),
            ask(17),
            wait(60),
            ask(1),
        ]
        .concat(),
    );
    // Somebody goes away who waits for metadata, for a refresh, for the answer to a call, or for keys.
    let leave = || vec![11, 0];
    runs.push([ask(1), leave(), ready(), ask(1), back(15), leave(), back(15), answer(0, 0), ask(1)].concat());
    runs.push([ready(), sign_in(0), wait(500), ask(7), leave(), fetch(0), ask(7)].concat());
    // Whoever may not enter waits in vain for a refresh.
    runs.push([ready(), sign_in(1), wait(500), ask(7), tick(10), ask(1), tick(10)].concat());
    // A worker that knows nothing yet gets the code.
    runs.push([ready(), ask(1), vec![14, 1], back(15), ready(), answer(0, 0), ask(1)].concat());
    // The keys are rotated before a sign-in and before a refresh; their fetch goes well, fails, or takes too long.
    let rotate = || vec![14, 0];
    let parked = || [rotate(), wait(30), ask(1), back(15), answer(0, 0)].concat();
    runs.push([ready(), parked(), fetch(0), ask(1), parked(), fetch(1), parked(), tick(10), ask(1)].concat());
    runs.push(
        [ready(), parked(), leave(), fetch(0), parked(), fetch(4), parked(), fetch(5), ask(7)].concat(),
    );
    let stale = || [rotate(), wait(500), ask(7), fetch(0), fetch(0), tick(0), ask(7)].concat();
    runs.push([ready(), sign_in(0), stale(), stale()].concat());
    // A refresh token is revoked after the sign-out, and a call takes so long that Envoy gives it up.
    runs.push(
        [ready(), sign_in(0), ask(17), fetch(0), sign_in(1), ask(16), tick(0), wait(20), fetch(0)].concat(),
    );
    runs.push(
        [ready(), sign_in(0), wait(500), ask(7), tick(0), tick(12), fetch(0), wait(3), ask(7), fetch(0)]
            .concat(),
    );
    runs.push([ready(), sign_in(2), answer(0, 2), refresh(), refresh(), refresh()].concat());
    runs.push([ready(), sign_in(0), (1..14).flat_map(|how| twist(how, 90)).collect()].concat());
    runs.push([ready(), sign_in(0), (1..16).flat_map(|name| forge(1, name)).collect()].concat());
    runs.push([ready(), (1..16).flat_map(|name| forge(3, name)).collect()].concat());
    runs.push([ready(), sign_in(1), (1..24).flat_map(|piece| bend(7, piece, 8)).collect()].concat());
    runs.push([ready(), (1..24).flat_map(|piece| bend(3, piece, 7)).collect()].concat());
    for faults in [1..9, 9..17, 17..24] {
        let tries = faults.flat_map(|fault| [ask(1), back(15), answer(fault, 0)].concat()).collect();
        runs.push([ready(), tries].concat());
    }
    let userinfo = (1..7)
        .flat_map(|fault| [ask(1), back(15), answer(0, 2), answer(fault, 2), answer(fault, 2)].concat());
    runs.push([ready(), userinfo.collect()].concat());
    let setting =
        |number: usize, run: &Vec<u8>| [[u8::try_from(number % 6).unwrap_or(0)].as_slice(), run].concat();
    let mut seeds: Vec<_> = runs.iter().map(|run| setting(0, run)).collect();
    // The first runs once under every other setting.
    seeds.extend((1..6).flat_map(|number| runs[..3].iter().map(move |run| setting(number, run))));
    // Too long unused; revoked; and without the tokens, by which groups would be renewed.
    let unused = [ready(), sign_in(0), wait(600), ask(1), fetch(2), tick(0), ask(1)].concat();
    let revoked = [ready(), sign_in(1), answer(0, 1), ask(1), ask(19)].concat();
    let no_tokens = [0, 7, 0, 0, 255, 0, 0, 0, 3, 0, 0, 0].to_vec();
    let bare =
        [ready(), sign_in(0), wait(400), no_tokens.clone(), wait(499), no_tokens.clone(), wait(2), no_tokens];
    seeds.extend([setting(1, &unused), setting(4, &revoked), setting(0, &bare.concat())]);
    seeds.extend(runs.iter().skip(3).enumerate().map(|(index, run)| setting(index + 1, run)));
    seeds
}
