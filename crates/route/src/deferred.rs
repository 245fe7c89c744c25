//! Packages that configure themselves at first boot.

use bringup_tree::{Content, Error, Kind, Meta, Tree};

/// Names the packages that wait; as long as it is there, the unit has work to do.
pub const WAITING: &str = "var/lib/bringup/configure";
/// The unit's name.
pub const UNIT: &str = "bringup-configure.service";
const POLICY: &str = "usr/sbin/policy-rc.d";

/// Runs after the file systems are there and the system's own services, and before anybody may log in
/// (systemd.special(7): `systemd-user-sessions.service` lets users in). It stays quiet once it has
/// succeeded, and starts over where it failed or the power did: configuring twice does nothing.
const SERVICE: &str = "[Unit]
Description=Configure the packages that were left for the first boot
Documentation=man:dpkg(1)
ConditionPathExists=/var/lib/bringup/configure
RequiresMountsFor=/usr /var
After=local-fs.target systemd-tmpfiles-setup.service systemd-remount-fs.service
Before=systemd-user-sessions.service getty-pre.target ssh.service multi-user.target

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=infinity
Environment=DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
ExecStart=/usr/bin/dpkg --force-confdef --force-confold --configure --pending
ExecStart=/bin/rm -f /usr/sbin/policy-rc.d /var/lib/bringup/configure
ExecStart=/bin/systemctl daemon-reload
ExecStart=/bin/systemctl --no-block start default.target
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
";

/// What a service must not do while packages are configured: the unit starts everything at once, at its
/// end. (Debian Policy 9.3.3.1; invoke-rc.d's interface: 101 forbids the action.)
const FORBID: &str = "#!/bin/sh\nexit 101\n";

/// Makes the first boot configure `packages`, which are unpacked.
///
/// # Errors
/// Something that is no folder stands where a folder belongs.
pub fn defer(tree: &mut Tree, packages: &[&str], epoch: i64) -> Result<(), Error> {
    let folder = Meta::root(0o755, epoch);
    let mut file = |path: &str, mode, text: String| {
        tree.insert_all(path, Meta::root(mode, epoch), Kind::File(Content::bytes(text)), &folder).map(drop)
    };
    file(&format!("usr/lib/systemd/system/{UNIT}"), 0o644, SERVICE.into())?;
    file(WAITING, 0o644, packages.iter().map(|name| format!("{name}\n")).collect())?;
    file(POLICY, 0o755, FORBID.into())?;
    let link = format!("etc/systemd/system/multi-user.target.wants/{UNIT}");
    let target = format!("/usr/lib/systemd/system/{UNIT}").into_bytes();
    tree.insert_all(link, Meta::root(0o777, epoch), Kind::Symlink(target), &folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_enabled_and_ends_with_taking_its_condition_away() {
        let mut tree = Tree::new(Meta::root(0o755, 0));
        defer(&mut tree, &["a", "b"], 7).unwrap();
        let unit = tree.read(format!("etc/systemd/system/multi-user.target.wants/{UNIT}")).unwrap();
        let unit = String::from_utf8(unit).unwrap();
        assert!(unit.contains(&format!("ConditionPathExists=/{WAITING}\n")));
        assert!(unit.contains(&format!("ExecStart=/bin/rm -f /{POLICY} /{WAITING}\n")));
        assert_eq!(tree.read(WAITING).unwrap(), b"a\nb\n");
        assert_eq!(tree.get(POLICY).unwrap().meta.mode, 0o755);
    }
}
