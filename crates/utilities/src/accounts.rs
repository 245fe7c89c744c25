//! Names and numbers of users and groups, from the tree's own files.

use bringup_shell::World;

/// A line of `/etc/passwd` (passwd(5)).
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// A line of `/etc/group` (group(5)).
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) gid: u32,
    pub(crate) members: Vec<String>,
}

/// All users, in the file's order.
pub(crate) fn users(world: &World) -> Vec<User> {
    let text = world.read("/etc/passwd").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let (uid, gid) = (fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?);
        Some(User { name: fields[0].to_owned(), uid, gid })
    };
    text.lines().filter_map(user).collect()
}

/// All groups, in the file's order.
pub(crate) fn groups(world: &World) -> Vec<Group> {
    let text = world.read("/etc/group").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let gid = fields.get(2)?.parse().ok()?;
        let members = fields.get(3).map_or("", |members| members).split(',');
        let members = members.filter(|member| !member.is_empty()).map(str::to_owned).collect();
        Some(Group { name: fields[0].to_owned(), gid, members })
    };
    text.lines().filter_map(group).collect()
}

/// The user of this name, or else of this number (`+` in front: number only).
pub(crate) fn user_id(world: &World, name: &str) -> Option<u32> {
    if let Some(user) = users(world).into_iter().find(|user| user.name == name) {
        return Some(user.uid);
    }
    number(name)
}

/// The group of this name, or else of this number.
pub(crate) fn group_id(world: &World, name: &str) -> Option<u32> {
    if let Some(group) = groups(world).into_iter().find(|group| group.name == name) {
        return Some(group.gid);
    }
    number(name)
}

fn number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('+').unwrap_or(name);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// The name of a user.
pub(crate) fn user_name(world: &World, uid: u32) -> Option<String> {
    users(world).into_iter().find(|user| user.uid == uid).map(|user| user.name)
}

/// The name of a group.
pub(crate) fn group_name(world: &World, gid: u32) -> Option<String> {
    groups(world).into_iter().find(|group| group.gid == gid).map(|group| group.name)
}
