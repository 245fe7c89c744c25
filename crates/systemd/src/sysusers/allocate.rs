//! Which ID a new user or group gets: what the line says, what a path has, what its namesake has,
//! or the highest free one.

use bringup_shell::Call;

use super::accounts::Accounts;
use super::item::Item;

/// What there is, and what gets made.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(crate) accounts: Accounts,
    /// Names and GIDs of new groups, in order.
    pub(crate) groups: Vec<(String, u32)>,
    /// New users with their IDs, in order.
    pub(crate) users: Vec<(Item, u32, u32)>,
    /// First and last IDs, ascending.
    ranges: Vec<(u32, u32)>,
    /// The search goes on below this one.
    next: u32,
}

impl Allocation {
    /// Without ranges of its own, IDs come from 1 to 999: `SYSTEM_ALLOC_UID_MIN` and `SYSTEM_UID_MAX`
    /// of Debian's build, which does not look into login.defs.
    pub(crate) fn new(accounts: Accounts, mut ranges: Vec<(u32, u32)>) -> Self {
        if ranges.is_empty() {
            ranges.push((1, 999));
        }
        ranges.sort_unstable();
        Self { accounts, groups: Vec::new(), users: Vec::new(), ranges, next: u32::MAX }
    }

    /// Plans a user or group; `queued` is the GID of a new group that a user is to be in. What cannot
    /// be made is reported and left out, as the real program does.
    pub(crate) fn add(&mut self, call: &mut Call<'_>, item: &mut Item, queued: Option<Option<u32>>) {
        if let Err(what) = self.plan(call, item, queued) {
            call.errors.extend_from_slice(format!("{what}\n").as_bytes());
        }
    }

    fn plan(
        &mut self,
        call: &mut Call<'_>,
        item: &mut Item,
        queued: Option<Option<u32>>,
    ) -> Result<(), String> {
        if !item.is_user {
            return self.add_group(call, item);
        }
        if let Some(gid) = queued {
            item.gid = gid;
            item.strict = true;
        } else if let Some(name) = &item.group_name {
            let gid = self.accounts.gid(name).ok_or_else(|| format!("Group {name} not found."))?;
            item.gid = Some(gid);
            item.strict = true;
        } else {
            self.add_group(call, item)?;
        }
        self.add_user(call, item)
    }

    fn add_user(&mut self, call: &mut Call<'_>, item: &mut Item) -> Result<(), String> {
        if let Some(uid) = self.accounts.uid(&item.name) {
            item.uid = Some(uid);
            return Ok(());
        }
        let strict = item.strict;
        let mut uid = item.uid.filter(|uid| self.uid_is_free(*uid, &item.name, !strict));
        if let (Some(wanted), None) = (item.uid, uid) {
            let text = format!("Suggested user ID {wanted} for {} already used.\n", item.name);
            call.errors.extend_from_slice(text.as_bytes());
        }
        if uid.is_none() {
            let owner = owner(call, item, true).filter(|uid| *uid > 0 && self.in_range(*uid));
            let free = |uid: &u32| self.uid_is_free(*uid, &item.name, true);
            uid = owner.filter(free).or(item.gid.filter(free));
        }
        let uid = match uid {
            Some(uid) => uid,
            None => loop {
                let next =
                    self.lower().ok_or_else(|| format!("No free user ID available for {}.", item.name))?;
                if self.uid_is_free(next, &item.name, true) {
                    break next;
                }
            },
        };
        item.uid = Some(uid);
        let gid = item.gid.unwrap_or_default();
        let text = format!(
            "Creating user '{}' ({}) with UID {uid} and GID {gid}.\n",
            item.name,
            item.description.as_deref().unwrap_or("n/a"),
        );
        call.errors.extend_from_slice(text.as_bytes());
        self.users.push((item.clone(), uid, gid));
        Ok(())
    }

    fn add_group(&mut self, call: &mut Call<'_>, item: &mut Item) -> Result<(), String> {
        if let Some(gid) = self.accounts.gid(&item.name) {
            item.gid = Some(gid);
            return Ok(());
        }
        let mut gid = item.gid.filter(|gid| self.gid_is_free(*gid, &item.name, false));
        if let Some(wanted) = item.gid {
            if item.strict {
                return match gid {
                    Some(gid) => Err(format!("Failed to create {}: please create GID {gid}", item.name)),
                    None => Ok(()),
                };
            }
            if gid.is_none() {
                let text = format!("Suggested group ID {wanted} for {} already used.\n", item.name);
                call.errors.extend_from_slice(text.as_bytes());
            }
        }
        if gid.is_none() {
            gid = item.uid.filter(|gid| self.gid_is_free(*gid, &item.name, true));
        }
        if gid.is_none() {
            let owner = owner(call, item, false).filter(|gid| *gid > 0 && self.in_range(*gid));
            gid = owner.filter(|gid| self.gid_is_free(*gid, &item.name, true));
        }
        let gid = match gid {
            Some(gid) => gid,
            None => loop {
                let next =
                    self.lower().ok_or_else(|| format!("No free group ID available for {}.", item.name))?;
                if self.gid_is_free(next, &item.name, true) {
                    break next;
                }
            },
        };
        item.gid = Some(gid);
        item.makes_group = true;
        let text = format!("Creating group '{}' with GID {gid}.\n", item.name);
        call.errors.extend_from_slice(text.as_bytes());
        self.groups.push((item.name.clone(), gid));
        Ok(())
    }

    /// Nobody has this UID, and with `both` no group of another name has it as its GID.
    fn uid_is_free(&self, uid: u32, name: &str, both: bool) -> bool {
        let new_group = self.groups.iter().find(|(_, gid)| *gid == uid).map(|(group, _)| group.as_str());
        let group = new_group.or(self.accounts.group_of(uid));
        !self.users.iter().any(|(_, other, _)| *other == uid)
            && self.accounts.user(uid).is_none()
            && (!both || group.is_none_or(|group| group == name))
    }

    /// No group has this GID, and with `both` no user of another name has it as its UID.
    fn gid_is_free(&self, gid: u32, name: &str, both: bool) -> bool {
        let new_user = self.users.iter().find(|(_, uid, _)| *uid == gid).map(|(user, ..)| user.name.as_str());
        let user = new_user.or(self.accounts.user(gid));
        !self.groups.iter().any(|(_, other)| *other == gid)
            && self.accounts.group_of(gid).is_none()
            && (!both || user.is_none_or(|user| user == name))
    }

    fn in_range(&self, id: u32) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&id))
    }

    /// The highest ID of the ranges that was not looked at yet.
    fn lower(&mut self) -> Option<u32> {
        let below = self.next.checked_sub(1)?;
        let best =
            self.ranges.iter().filter(|(first, _)| *first <= below).map(|(_, last)| below.min(*last)).max();
        self.next = best?;
        best
    }
}

/// The ID that a path of the line has: of a user or a group; a missing one comes from the other.
fn owner(call: &Call<'_>, item: &Item, of_user: bool) -> Option<u32> {
    let stat = |path: &Option<String>| Some(&call.world.stat(path.as_deref()?)?.meta);
    let (user, group) = (stat(&item.uid_path), stat(&item.gid_path));
    if of_user {
        user.map(|meta| meta.uid).or(group.map(|meta| meta.gid))
    } else {
        group.map(|meta| meta.gid).or(user.map(|meta| meta.gid))
    }
}
