//! Answers to packages' questions that follow from the rest of a record.

use std::collections::BTreeMap;

use crate::System;

impl System {
    /// What the packages' questions get for answers: the record's own, and those that its time zone,
    /// locale and keyboard give (debconf templates of `tzdata`, `locales` and `keyboard-configuration`).
    pub fn answers(&self) -> BTreeMap<String, String> {
        let mut answers = BTreeMap::new();
        let mut answer = |question: &str, value: &str| answers.insert(question.to_owned(), value.to_owned());
        if let Some((area, zone)) = self.timezone.as_deref().and_then(|zone| zone.split_once('/')) {
            answer("tzdata/Areas", area);
            answer(&format!("tzdata/Zones/{area}"), zone);
        }
        if let Some(locale) = &self.locale {
            // `C` and `C.UTF-8` need not be made.
            if let Some((_, codeset)) = locale.split_once('.').filter(|(language, _)| *language != "C") {
                answer("locales/locales_to_be_generated", &format!("{locale} {codeset}"));
            }
            answer("locales/default_environment_locale", locale);
        }
        if let Some(keymap) = &self.keymap {
            let (layout, variant) = keymap.split_once(':').unwrap_or((keymap, ""));
            answer("keyboard-configuration/layoutcode", layout);
            answer("keyboard-configuration/variantcode", variant);
        }
        answers.extend(self.debconf.clone());
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_follow_from_the_record_unless_it_has_its_own() {
        let text = "inherit = 'barebones'\ntimezone = 'Europe/Berlin'\nlocale = 'de_DE.UTF-8'\nkeymap = 'de'\n\
                    [debconf]\n'keyboard-configuration/variantcode' = 'neo'\n";
        let system = System::parse("test", text, BTreeMap::new()).unwrap();
        let answers = system.answers();
        let pairs: Vec<(&str, &str)> =
            answers.iter().map(|(question, answer)| (question.as_str(), answer.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("keyboard-configuration/layoutcode", "de"),
                ("keyboard-configuration/variantcode", "neo"),
                ("locales/default_environment_locale", "de_DE.UTF-8"),
                ("locales/locales_to_be_generated", "de_DE.UTF-8 UTF-8"),
                ("tzdata/Areas", "Europe"),
                ("tzdata/Zones/Europe", "Berlin"),
            ]
        );
    }
}
