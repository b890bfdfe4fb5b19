//! The pictures that are kept: small, and made anew only when somebody asks for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vestibule_e2e::browser::Browser;

/// Enough for text, its edges, and two more colours.
const MOST_COLOURS: usize = 8;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

/// Keeps a picture of the current page, where pictures are made anew.
pub(crate) async fn keep(browser: &Browser, name: &str) {
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(folder()).expect("a folder");
        fs::write(folder().join(format!("{name}.png")), small(&browser.picture().await)).expect("a picture");
    }
}

/// The pictures that are there are those that were wanted, and they are small.
pub(crate) fn holds(mut wanted: Vec<String>) {
    let mut size = 0;
    let mut there = Vec::new();
    for entry in fs::read_dir(folder()).into_iter().flatten() {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let bytes = fs::read(entry.path()).expect("a file");
        size += bytes.len();
        if let Some(name) = name.strip_suffix(".png") {
            let picture = png::Decoder::new(std::io::Cursor::new(bytes)).read_info();
            assert!(picture.expect("a PNG").info().width >= 320, "{name}");
            there.push(name.to_owned());
        }
    }
    wanted.sort();
    there.sort();
    assert!(
        there == wanted,
        "UPDATE_GOLDEN=1 cargo test -p vestibule-e2e --test pages\n{there:?}\n{wanted:?}"
    );
    assert!(size < 800_000, "{size} bytes of pictures");
}

/// The same picture in few colours: what is left out of are shades on the edges of letters.
fn small(picture: &[u8]) -> Vec<u8> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("its size")];
    let frame = reader.next_frame(&mut pixels).expect("its pixels");
    let colours: Vec<[u8; 3]> =
        pixels[..frame.buffer_size()].chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let palette = palette(&colours);
    let mut nearest = BTreeMap::new();
    let mut indexed = Vec::new();
    for row in colours.chunks(frame.width as usize) {
        let places: Vec<u8> = row
            .iter()
            .map(|colour| *nearest.entry(*colour).or_insert_with(|| place_of(*colour, &palette)))
            .collect();
        indexed.extend(places.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default()));
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, frame.width, frame.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().expect("a header").write_image_data(&indexed).expect("pixels");
    file
}

/// The colours that are there most, none of them too close to another.
fn palette(colours: &[[u8; 3]]) -> Vec<[u8; 3]> {
    let mut counts: BTreeMap<[u8; 3], usize> = BTreeMap::new();
    for colour in colours {
        *counts.entry(*colour).or_default() += 1;
    }
    let mut often: Vec<_> = counts.into_iter().collect();
    often.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut palette: Vec<[u8; 3]> = Vec::new();
    for least in [600, 0] {
        for (colour, _) in &often {
            let is_new = palette.iter().all(|other| distance(*colour, *other) > least);
            if is_new && palette.len() < MOST_COLOURS {
                palette.push(*colour);
            }
        }
    }
    palette
}

fn place_of(colour: [u8; 3], palette: &[[u8; 3]]) -> u8 {
    let nearest = palette.iter().enumerate().min_by_key(|(_, other)| distance(colour, **other));
    u8::try_from(nearest.expect("a colour").0).expect("few colours")
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    (0..3).map(|at| u32::from(one[at].abs_diff(other[at])).pow(2)).sum()
}

/// A picture for the pages: a disc with a bar in it.
pub(crate) fn logo() -> String {
    const SIDE: i32 = 80;
    let mut pixels = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let is_inside = (x - SIDE / 2).pow(2) + (y - SIDE / 2).pow(2) < (SIDE / 2 - 1).pow(2);
            let is_bar = (24..56).contains(&x) && (34..46).contains(&y);
            pixels.extend(match (is_inside, is_bar) {
                (false, _) => [0, 0, 0, 0],
                (true, false) => [0x0b, 0x6e, 0x4f, 0xff],
                (true, true) => [0xff, 0xff, 0xff, 0xff],
            });
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().expect("a header").write_image_data(&pixels).expect("pixels");
    format!("data:image/png;base64,{}", STANDARD.encode(file))
}
