//! Runs of the driver, as its `script` reads them.

/// One run: the setting, then acts.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const ONE: u8 = 0;
    const SOME: u8 = 160;
    const MANY: u8 = 208;
    const CROWD: u8 = 255;
    const HONEST: u8 = 0;
    let send = |page: u8, who: u8, crowd: u8| vec![0, page, who, crowd];
    let (page, finance, sign_out) = (0, 3, 5);
    let back = |login: u8, crowd: u8| vec![3, login, crowd];
    let sign_in = |person: u8| vec![5, person];
    let answer = |which: u8, kind: u8, many: u8| vec![6, which, kind, many];
    let again = |which: u8| vec![9, which];
    let lose = |which: u8| vec![10, which];
    let ticks = |many: u8| vec![11, many - 1];
    let leave = |which: u8, many: u8| vec![13, which, many];
    let respond = |which: u8| vec![14, which];
    let wait = |seconds: u16| [[16].as_slice(), &seconds.to_le_bytes()].concat();
    let go_back = |seconds: u16| [[17].as_slice(), &seconds.to_le_bytes()].concat();
    let fail = |bits: u8| vec![18, bits];
    let wait_it_out = || vec![19];
    let me = 64;

    let crowds = [send(page, 0, CROWD), send(page, 0, CROWD), send(page, 0, CROWD)].concat();
    let runs = [
        // Sign-ins, sessions and whatever else may be asked for.
        [sign_in(0), sign_in(1), sign_in(2), (0..9).flat_map(|page| send(page, me, ONE)).collect()].concat(),
        (0..9).flat_map(|page| send(page, 0, SOME)).chain(ticks(3)).collect(),
        // More than may wait; all are decided once the provider is known, or give up.
        [
            crowds.clone(),
            ticks(1),
            answer(0, HONEST, ONE),
            ticks(1),
            answer(0, HONEST, ONE),
            ticks(8),
            wait_it_out(),
        ]
        .concat(),
        [crowds.clone(), wait(5), send(page, 0, SOME), wait(5), ticks(8), wait_it_out()].concat(),
        [crowds, leave(7, CROWD), send(page, 0, SOME), go_back(1000), ticks(4), wait_it_out()].concat(),
        // More calls than may be under way, by one code.
        [
            sign_in(0),
            send(page, 0, ONE),
            back(0, CROWD),
            back(0, SOME),
            answer(3, HONEST, MANY),
            leave(0, MANY),
        ]
        .concat(),
        [sign_in(0), send(page, 0, ONE), back(1, CROWD), answer(0, 6, CROWD), again(5), again(77)].concat(),
        [sign_in(0), send(page, 0, CROWD), answer(0, HONEST, CROWD), back(2, SOME), answer(0, HONEST, SOME)]
            .concat(),
        // A crowd waits for one refresh; cookies come in time, too late, and not for another.
        [
            sign_in(0),
            wait(500),
            send(finance, me, SOME),
            ticks(1),
            answer(0, HONEST, ONE),
            respond(0),
            wait(6),
            respond(3),
        ]
        .concat(),
        [
            sign_in(2),
            wait(500),
            send(finance, me, MANY),
            ticks(1),
            answer(0, 6, ONE),
            answer(0, 6, ONE),
            ticks(8),
        ]
        .concat(),
        [
            sign_in(0),
            wait(500),
            send(finance, me, SOME),
            ticks(1),
            lose(0),
            wait_it_out(),
            respond(255),
            go_back(3),
            respond(1),
        ]
        .concat(),
        [
            sign_in(0),
            wait(500),
            send(finance, me, SOME),
            ticks(1),
            answer(0, HONEST, ONE),
            go_back(9),
            respond(0),
        ]
        .concat(),
        // What comes of the refresh cannot be written into the headers.
        [
            sign_in(0),
            wait(500),
            send(page, me, SOME),
            ticks(1),
            fail(4),
            answer(0, HONEST, ONE),
            respond(230),
        ]
        .concat(),
        [sign_in(1), wait(500), send(finance, me, SOME), send(page, me, SOME), wait_it_out()].concat(),
        // They leave before the response, before they are decided, and others come under their ids.
        [
            sign_in(0),
            wait(500),
            send(finance, me, SOME),
            ticks(1),
            answer(0, HONEST, ONE),
            leave(0, SOME),
            send(1, 0, SOME),
            respond(0),
        ]
        .concat(),
        [
            sign_in(0),
            wait(500),
            send(finance, me, MANY),
            ticks(1),
            answer(0, HONEST, ONE),
            leave(20, SOME),
            wait(10),
            ticks(8),
            wait_it_out(),
        ]
        .concat(),
        // Hostcalls fail: no calls, no edits, no ticks, no randomness, shared data of others.
        [sign_in(0), fail(2), send(page, 0, SOME), back(0, SOME), wait(4000), ticks(3), fail(0), ticks(3)]
            .concat(),
        [sign_in(0), fail(4), send(page, me, SOME), send(1, 0, SOME), fail(68), send(page, me, SOME)]
            .concat(),
        [fail(8), send(page, 0, SOME), ticks(3), fail(0), send(page, 0, ONE), ticks(3)].concat(),
        [sign_in(0), fail(1), send(page, 0, SOME), back(0, SOME), wait(500), send(page, me, SOME), ticks(3)]
            .concat(),
        [
            sign_in(0),
            fail(48),
            wait(500),
            send(page, me, SOME),
            ticks(3),
            answer(0, HONEST, ONE),
            wait_it_out(),
        ]
        .concat(),
        // Streams leave while they call, and their ids return; answers come for those who have gone.
        [
            sign_in(0),
            send(page, 0, ONE),
            back(0, SOME),
            leave(0, SOME),
            back(0, SOME),
            again(0),
            again(9),
            answer(0, HONEST, SOME),
        ]
        .concat(),
        [
            send(page, 0, SOME),
            leave(3, SOME),
            send(1, 0, SOME),
            ticks(1),
            lose(0),
            wait(95),
            ticks(2),
            wait_it_out(),
        ]
        .concat(),
        // Many sign out, and their tokens are revoked some at a time.
        [
            sign_in(0),
            send(sign_out, me, MANY),
            ticks(8),
            answer(0, HONEST, MANY),
            ticks(8),
            answer(0, 6, MANY),
        ]
        .concat(),
        // The provider is away, and comes back.
        [
            send(page, 0, SOME),
            ticks(1),
            answer(0, 5, ONE),
            ticks(1),
            answer(0, 9, ONE),
            send(page, 0, SOME),
            wait(30),
            ticks(2),
        ]
        .concat(),
    ];
    let settings = [0, 1, 2, 3, 4, 5, 7, 255];
    let seed = |setting: u8, run: &[u8]| [&[setting], run].concat();
    let mut seeds: Vec<Vec<u8>> = runs.iter().map(|run| seed(1, run)).collect();
    // Large crowds once and twice; the others under every setting in turn.
    seeds.push(seed(3, &runs[7]));
    seeds.extend(runs.iter().enumerate().map(|(number, run)| seed(settings[number % settings.len()], run)));
    seeds
}
