//! Programs that make a machine's identity, or act on a running machine: while an image is put
//! together they do nothing.

use bringup_shell::{Call, Command, Host, Status, Stop};

use crate::arguments::unsupported;
use crate::print;

/// The names and their functions.
pub(crate) const COMMANDS: &[(&str, Command)] =
    &[("mandb", nothing), ("setupcon", nothing), ("ssh-keygen", ssh_keygen), ("sshd", sshd)];

/// `setupcon` sets up the consoles of a running machine; `mandb` fills a cache with file times, which
/// man-db's timer fills on the machine.
fn nothing(_: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    Ok(0)
}

/// Host keys are the machine's own and made at its first boot: one in an image would be everybody's.
fn ssh_keygen(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    let all_keys = call.arguments.iter().any(|argument| argument == "-A");
    let host_key = call.arguments.iter().any(|argument| argument.starts_with("/etc/ssh/ssh_host_"));
    if all_keys || host_key {
        return Ok(0);
    }
    Err(unsupported("ssh-keygen", "making another key than a host's"))
}

/// The lines of `sshd -G` that openssh-server's script looks for: the host keys, by the configuration or
/// built in.
fn sshd(call: &mut Call<'_>, _: &mut dyn Host) -> Result<Status, Stop> {
    const FILE: &str = "/etc/ssh/sshd_config";
    if call.arguments != ["-G"] {
        return Err(unsupported("sshd", "anything but showing its configuration"));
    }
    let Ok(bytes) = call.world.read(FILE) else {
        print!(call.errors, "{FILE}: No such file or directory\n");
        return Ok(1);
    };
    let text = String::from_utf8_lossy(&bytes);
    let keys = text.lines().filter_map(|line| {
        let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        words.next().filter(|word| word.eq_ignore_ascii_case("hostkey"))?;
        words.next()
    });
    let mut keys: Vec<&str> = keys.collect();
    if keys.is_empty() {
        // sshd_config(5), HostKey.
        keys =
            vec!["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"];
    }
    for key in keys {
        print!(call.output, "hostkey {key}\n");
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use crate::testing::{ok, run, world};

    #[test]
    fn no_host_key_is_made() {
        let mut world = world(&[("etc/ssh/sshd_config", "#HostKey /x\nPort 22\n")]);
        ok(&mut world, "ssh-keygen -q -f /etc/ssh/ssh_host_rsa_key -N _ -t rsa");
        ok(&mut world, "ssh-keygen -A");
        assert_eq!(world.names("/etc/ssh"), ["sshd_config"]);
        assert!(run(&mut world, "ssh-keygen -f /root/.ssh/id_rsa", "").is_err());
    }

    #[test]
    fn sshd_tells_its_host_keys() {
        let mut world = world(&[("etc/ssh/sshd_config", "#HostKey /x\n")]);
        assert_eq!(ok(&mut world, "sshd -G").lines().count(), 3);
        world.write("/etc/ssh/sshd_config", "HostKey /a\nhostkey /b\n").unwrap();
        assert_eq!(ok(&mut world, "sshd -G"), "hostkey /a\nhostkey /b\n");
    }
}
