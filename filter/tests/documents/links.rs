//! Every link of every page is followed, as far as that goes without a network.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::pages::{Page, pages, root};

/// What is wrong with a link of a page; none where it leads somewhere.
fn fault(page: &Page, target: &str, pages: &BTreeMap<PathBuf, &Page>) -> Option<String> {
    if target.contains("://") {
        let address = url::Url::parse(target).ok().filter(|url| url.scheme() == "https" && url.has_host());
        return address.is_none().then(|| "no address by https".to_owned());
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { page.path.clone() } else { join(page.path.parent()?, file)? };
    if !root().join(&path).exists() {
        return Some(format!("there is no {}", path.display()));
    }
    let anchor = anchor?;
    let there = pages.get(&path).is_some_and(|page| page.anchors().contains(anchor));
    (!there).then(|| format!("{} has no heading {anchor}", path.display()))
}

/// None where it leads out of the repository.
fn join(folder: &Path, file: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => (),
            Component::ParentDir if path.pop() => (),
            _ => return Some(Path::new("outside").join(file)),
        }
    }
    Some(path)
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let pages = pages();
    let by_path: BTreeMap<_, _> = pages.iter().map(|page| (page.path.clone(), page)).collect();
    let (mut faults, mut followed) = (Vec::new(), 0);
    for page in &pages {
        for target in page.targets() {
            followed += 1;
            let found = fault(page, &target, &by_path);
            faults.extend(found.map(|why| format!("{}: {target}: {why}", page.path.display())));
        }
        let (used, defined) = page.references();
        let odd: Vec<_> = used.symmetric_difference(&defined).collect();
        if !odd.is_empty() {
            faults.push(format!("{}: {odd:?} is not both used and defined", page.path.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(followed > 200, "only {followed} links were followed");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Page { path: "wasmplugin/guide/gateway.md".into(), text: "# Title\n".to_owned() };
    let by_path = BTreeMap::from([(page.path.clone(), &page)]);
    for good in ["#title", "gateway.md#title", "../../README.md", "../guide", "https://example.com/#any"] {
        assert_eq!(fault(&page, good, &by_path), None, "{good}");
    }
    let bad =
        ["#other", "other.md", "gateway.md#other", "../../../README.md", "http://example.com", "https://"];
    for bad in bad {
        assert!(fault(&page, bad, &by_path).is_some(), "{bad}");
    }
}

/// The guide's index leads to every page of the guide.
#[test]
fn the_guide_has_all_its_pages() {
    let pages = pages();
    let guide = pages.iter().find(|page| page.path == Path::new("wasmplugin/GUIDE.md")).unwrap();
    let targets = guide.targets();
    for page in pages.iter().filter(|page| page.path.starts_with("wasmplugin/guide")) {
        let name = page.path.file_name().unwrap().to_str().unwrap();
        assert!(targets.contains(&format!("guide/{name}")), "{name}");
    }
}
