use bringup_spec::{Board, Soc};

use crate::{Config, Error, Said};

/// A chip, as U-Boot's configurations name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chip {
    /// U-Boot's symbol, without `CONFIG_`.
    pub symbol: &'static str,
    /// The name of its [`Soc`], if there is one; it begins with the maker.
    pub soc: &'static str,
    /// The name of its platform.
    pub platform: &'static str,
}

/// The chips that are told apart.
///
/// U-Boot, arch/arm/mach-sunxi/Kconfig, arch/arm/mach-rockchip/Kconfig, arch/arm/mach-omap2/Kconfig,
/// arch/arm/mach-bcm283x/Kconfig, arch/arm/Kconfig and arch/riscv/Kconfig, v2025.01. The symbols of
/// one chip come before those that its configurations have, too.
pub const CHIPS: &[Chip] = &[
    arm32("MACH_SUN4I", "Allwinner A10"),
    arm32("MACH_SUN5I", "Allwinner A13"),
    arm32("MACH_SUN6I", "Allwinner A31"),
    arm32("MACH_SUN7I", "Allwinner A20"),
    arm32("MACH_SUN8I_A23", "Allwinner A23"),
    arm32("MACH_SUN8I_A33", "Allwinner A33"),
    arm32("MACH_SUN8I_A83T", "Allwinner A83T"),
    arm32("MACH_SUN8I_H3", "Allwinner H3"),
    arm32("MACH_SUN8I_R40", "Allwinner R40"),
    arm32("MACH_SUN8I_V3S", "Allwinner V3s"),
    arm32("MACH_SUN9I", "Allwinner A80"),
    arm64("MACH_SUN50I", "Allwinner A64"),
    arm64("MACH_SUN50I_H5", "Allwinner H5"),
    arm64("MACH_SUN50I_H6", "Allwinner H6"),
    arm64("MACH_SUN50I_H616", "Allwinner H616"),
    arm32("ROCKCHIP_RK3288", "Rockchip RK3288"),
    arm64("ROCKCHIP_RK3328", "Rockchip RK3328"),
    arm64("ROCKCHIP_RK3399", "Rockchip RK3399"),
    arm64("ROCKCHIP_RK3568", "Rockchip RK3568"),
    arm64("ROCKCHIP_RK3588", "Rockchip RK3588"),
    arm32("AM33XX", "TI AM335x"),
    arm32("AM43XX", "TI AM437x"),
    arm32("MX6UL", "NXP i.MX6UL"),
    arm32("MX6ULL", "NXP i.MX6ULL"),
    arm32("MX6SX", "NXP i.MX6SX"),
    arm32("ARCH_MX6", "NXP i.MX6"),
    arm64("TARGET_RPI_3", "Broadcom BCM2837"),
    arm64("TARGET_RPI_4", "Broadcom BCM2711"),
    riscv64("TARGET_SIFIVE_UNLEASHED", "SiFive FU540"),
    riscv64("TARGET_SIFIVE_UNMATCHED", "SiFive FU740"),
    riscv64("TARGET_STARFIVE_VISIONFIVE2", "StarFive JH7110"),
];

const fn arm32(symbol: &'static str, soc: &'static str) -> Chip {
    Chip { symbol, soc, platform: "armv7-linux" }
}

const fn arm64(symbol: &'static str, soc: &'static str) -> Chip {
    Chip { symbol, soc, platform: "aarch64-linux" }
}

const fn riscv64(symbol: &'static str, soc: &'static str) -> Chip {
    Chip { symbol, soc, platform: "riscv64-linux" }
}

impl Chip {
    /// The chip that a configuration is for, if it is one that is known.
    pub(crate) fn of(config: &Config) -> Option<Said<Self>> {
        CHIPS.iter().find_map(|chip| Some(config.enabled(chip.symbol)?.with(*chip)))
    }

    fn is(&self, board: &Board) -> bool {
        board.platform.name == self.platform && board.soc.name == self.soc
    }

    fn is_related(&self, board: &Board) -> bool {
        board.platform.name == self.platform && maker(board.soc) == self.soc.split(' ').next()
    }
}

fn maker(soc: &Soc) -> Option<&'static str> {
    soc.name.split(' ').next()
}

/// What says that a configuration is for a platform, where it does not name a chip that is known.
///
/// U-Boot, arch/Kconfig, arch/arm/Kconfig and arch/riscv/Kconfig.
const PLATFORMS: [(&str, &str); 4] = [
    ("ARM64", "aarch64-linux"),
    ("ARCH_RV64I", "riscv64-linux"),
    ("X86", "x86_64-linux"),
    ("CPU_V7A", "armv7-linux"),
];

/// Holds `like` against the chip and platform that a configuration is for: what a board crate says of
/// its firmware is the same for all boards of a chip, and wrong for others.
///
/// Gives the chip if `like` is only the nearest: of the same maker and platform, where no board of
/// `boards` has that chip.
pub(crate) fn check(
    config: &Config,
    like: &Board,
    boards: &[&'static Board],
) -> Result<Option<Said<Chip>>, Error> {
    let Some(said) = Chip::of(config) else {
        return check_platform(config, like, boards).map(|()| None);
    };
    let chip = said.value;
    if chip.is(like) {
        return Ok(None);
    }
    let with = |rule: fn(&Chip, &Board) -> bool| names(boards, |board| rule(&chip, board));
    let same = with(Chip::is);
    if same.is_empty() && chip.is_related(like) {
        return Ok(Some(said));
    }
    let better = if same.is_empty() { with(Chip::is_related) } else { same };
    let (says, has) = (article(chip.soc), article(like.soc.name));
    Err(Error::WrongModel { says, because: said.source, like: like.name, has, better })
}

fn check_platform(config: &Config, like: &Board, boards: &[&'static Board]) -> Result<(), Error> {
    let found = PLATFORMS.iter().find_map(|(symbol, name)| Some(config.enabled(symbol)?.with(*name)));
    let Some(said) = found.filter(|said| said.value != like.platform.name) else { return Ok(()) };
    Err(Error::WrongModel {
        says: format!("the platform {}", said.value),
        because: said.source,
        like: like.name,
        has: format!("the platform {}", like.platform.name),
        better: names(boards, |board| board.platform.name == said.value),
    })
}

fn names(boards: &[&'static Board], rule: impl Fn(&Board) -> bool) -> Vec<&'static str> {
    boards.iter().filter(|board| rule(board)).map(|board| board.name).take(MAX_BETTER).collect()
}

/// Boards offered in place of the wrong one, at most.
const MAX_BETTER: usize = 3;

fn article(name: &str) -> String {
    match name.starts_with(['A', 'N']) {
        true => format!("an {name}"),
        false => format!("a {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::fixture::{BOARD, ROCK};

    const H3: Board = Board { name: "h3", platform: BOARD32, soc: &bringup_u_boot::allwinner::H3, ..BOARD };
    const BOARD32: &bringup_spec::Platform = &bringup_platforms::ARMV7_LINUX;
    const BOARDS: &[&Board] = &[&BOARD, &H3, &ROCK];

    fn config(text: &str) -> Config {
        Config::parse("x_defconfig", text).unwrap()
    }

    #[test]
    fn the_same_chip_is_fine() {
        assert_eq!(check(&config("CONFIG_MACH_SUN50I=y"), &BOARD, BOARDS), Ok(None));
        assert_eq!(check(&config("CONFIG_BAUDRATE=115200"), &BOARD, BOARDS), Ok(None));
    }

    #[test]
    fn of_a_chip_that_some_board_has_only_those_will_do() {
        let error = check(&config("CONFIG_ARM=y\nCONFIG_MACH_SUN8I_H3=y"), &BOARD, BOARDS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the new board has an Allwinner H3 (x_defconfig, line 2: CONFIG_MACH_SUN8I_H3=y), but `pine` has \
             an Allwinner A64\nhelp: `--like h3`"
        );
    }

    #[test]
    fn for_a_new_chip_a_relative_will_do() {
        let chip = check(&config("CONFIG_MACH_SUN50I_H5=y"), &BOARD, BOARDS).unwrap().unwrap();
        assert_eq!(chip.value.soc, "Allwinner H5");
        let error = check(&config("CONFIG_MACH_SUN50I_H5=y"), &ROCK, BOARDS).unwrap_err();
        assert!(matches!(error, Error::WrongModel { better, .. } if better == ["pine"]));
    }

    #[test]
    fn a_chip_that_nothing_is_like_is_said_to_be_so() {
        let error = check(&config("CONFIG_AM33XX=y"), &BOARD, BOARDS).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("help: no board of the catalog has that; see `docs/porting.md`, \"Another chip\"")
        );
    }

    #[test]
    fn of_an_unknown_chip_the_platform_must_fit() {
        assert_eq!(check(&config("CONFIG_ARM64=y"), &BOARD, BOARDS), Ok(None));
        let error = check(&config("CONFIG_RISCV=y\nCONFIG_ARCH_RV64I=y"), &BOARD, BOARDS).unwrap_err();
        assert!(matches!(error, Error::WrongModel { says, .. } if says == "the platform riscv64-linux"));
    }
}
