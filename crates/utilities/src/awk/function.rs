//! The functions of the language, and `printf`.

use bringup_shell::Stop;

use super::parse::Expression;
use super::run::Machine;
use super::value::{Value, general};

impl Machine<'_, '_> {
    pub(super) fn function(&mut self, name: &str, list: &[Expression]) -> Result<Value, Stop> {
        let argument = |machine: &mut Self, at: usize| match list.get(at) {
            Some(one) => machine.value(one),
            None => Err(machine.bad(&format!("`{name}` with so few arguments"))),
        };
        Ok(match name {
            "length" => {
                if let [Expression::Variable(array)] = list
                    && let Some(array) = self.arrays.get(array)
                {
                    return Ok(Value::Number(array.len() as f64));
                }
                let text = if list.is_empty() { self.record.clone() } else { argument(self, 0)?.text() };
                Value::Number(text.len() as f64)
            }
            "substr" => {
                let text = argument(self, 0)?.text();
                let start = argument(self, 1)?.number().round();
                let stop =
                    if list.len() > 2 { start + argument(self, 2)?.number().round() } else { f64::INFINITY };
                if start < 1.0 {
                    // mawk changed its mind between versions.
                    return Err(self.bad("`substr` from before the start"));
                }
                let most = text.len() as f64 + 1.0;
                let (start, stop) = (start.clamp(1.0, most), stop.clamp(1.0, most));
                let cut = if stop > start {
                    self.cut(&text, start as usize - 1, stop as usize - 1)?
                } else {
                    String::new()
                };
                Value::Text(cut)
            }
            "index" => {
                let (text, wanted) = (argument(self, 0)?.text(), argument(self, 1)?.text());
                Value::Number(text.find(&wanted).map_or(0.0, |at| at as f64 + 1.0))
            }
            "tolower" => Value::Text(argument(self, 0)?.text().to_ascii_lowercase()),
            "toupper" => Value::Text(argument(self, 0)?.text().to_ascii_uppercase()),
            "int" => Value::Number(argument(self, 0)?.number().trunc()),
            "sprintf" => Value::Text(self.format(list)?),
            "match" => {
                let text = argument(self, 0)?.text();
                let wanted = list.get(1).ok_or_else(|| self.bad("`match` with so few arguments"))?;
                let found = self.pattern_of(wanted)?.find_at(text.as_bytes(), 0).and_then(|groups| groups[0]);
                let (start, length) =
                    found.map_or((0.0, -1.0), |(start, stop)| (start as f64 + 1.0, (stop - start) as f64));
                self.variables.insert("RSTART".to_owned(), Value::Number(start));
                self.variables.insert("RLENGTH".to_owned(), Value::Number(length));
                Value::Number(start)
            }
            "split" => {
                let text = argument(self, 0)?.text();
                let Some(Expression::Variable(array)) = list.get(1) else { return Err(self.bad("`split`")) };
                let separator = match list.get(2) {
                    None => self.variable("FS").text(),
                    Some(Expression::Regex(text)) => text.clone(),
                    Some(other) => self.value(other)?.text(),
                };
                let parts = self.split(&text, &separator)?;
                let count = parts.len();
                let numbered = parts.into_iter().enumerate();
                let elements =
                    numbered.map(|(at, part)| ((at + 1).to_string(), Value::Input(part))).collect();
                self.arrays.insert(array.clone(), elements);
                Value::Number(count as f64)
            }
            _ => self.replace(name == "gsub", list)?,
        })
    }

    /// `sub` and `gsub`.
    fn replace(&mut self, all: bool, list: &[Expression]) -> Result<Value, Stop> {
        let [wanted, new, ..] = list else { return Err(self.bad("`sub` with so few arguments")) };
        let pattern = self.pattern_of(wanted)?;
        let new = self.value(new)?.text();
        let whole = Expression::Field(Box::new(Expression::Number(0.0)));
        let place = list.get(2).unwrap_or(&whole);
        let text = self.value(place)?.text();
        let mut out = String::new();
        let (mut at, mut copied, mut count) = (0, 0, 0);
        let mut last_end = None;
        while at <= text.len() {
            let Some((start, stop)) = pattern.find_at(text.as_bytes(), at).and_then(|groups| groups[0])
            else {
                break;
            };
            at = if stop > start { stop } else { stop + 1 };
            if start == stop && last_end == Some(start) {
                continue;
            }
            last_end = Some(stop);
            out += &self.cut(&text, copied, start)?;
            let matched = self.cut(&text, start, stop)?;
            let mut letters = new.chars().peekable();
            while let Some(letter) = letters.next() {
                match letter {
                    '&' => out += &matched,
                    '\\' => out.push(letters.next_if(|next| matches!(next, '&' | '\\')).unwrap_or('\\')),
                    letter => out.push(letter),
                }
            }
            copied = stop;
            count += 1;
            if !all {
                break;
            }
        }
        if count > 0 {
            out += &self.cut(&text, copied, text.len())?;
            self.assign(place, Value::Text(out))?;
        }
        Ok(Value::Number(f64::from(count)))
    }

    /// As printf(3).
    pub(super) fn format(&mut self, list: &[Expression]) -> Result<String, Stop> {
        let Some((format, arguments)) = list.split_first() else {
            return Err(self.bad("`printf` of nothing"));
        };
        let format = self.value(format)?.text();
        let mut arguments = arguments.iter();
        let mut out = String::new();
        let mut letters = format.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                out.push(letter);
                continue;
            }
            let mut spec = String::new();
            while let Some(letter) = letters.next_if(|letter| "-+ 0#.123456789".contains(*letter)) {
                spec.push(letter);
            }
            let kind = letters.next().unwrap_or('%');
            if kind == '%' {
                out.push('%');
                continue;
            }
            let Some(value) = arguments.next() else {
                return Err(self.bad("`printf` with so few arguments"));
            };
            let value = self.value(value)?;
            let flags = spec.trim_start_matches(['-', '+', ' ', '0', '#']);
            let given = &spec[..spec.len() - flags.len()];
            if given.contains(['+', ' ', '#']) {
                return Err(self.bad("this flag of `printf`"));
            }
            let (width, precision) =
                flags.split_once('.').map_or((flags, None), |(width, rest)| (width, Some(rest)));
            let width: usize = width.parse().unwrap_or(0);
            let precision: Option<usize> = precision.map(|text| text.parse().unwrap_or(0));
            if width > 10_000 || precision.is_some_and(|precision| precision > 10_000) {
                return Err(self.bad("this width of `printf`"));
            }
            let text = match kind {
                's' => {
                    let text = value.text();
                    let end = precision.unwrap_or(text.len()).min(text.len());
                    self.cut(&text, 0, end)?
                }
                'd' | 'i' => {
                    let digits = format!("{}", value.number().trunc() as i64);
                    precision.map_or(digits.clone(), |precision| format!("{:0>precision$}", digits))
                }
                'x' => format!("{:x}", value.number() as i64),
                'X' => format!("{:X}", value.number() as i64),
                'o' => format!("{:o}", value.number() as i64),
                'u' => format!("{}", value.number() as u64),
                'c' => match value.numeric().filter(|_| !matches!(value, Value::Input(_))) {
                    Some(number) if (1.0..128.0).contains(&number) => char::from(number as u8).to_string(),
                    Some(_) => return Err(self.bad("this character")),
                    None => value.text().chars().take(1).collect(),
                },
                'f' | 'F' => format!("{:.*}", precision.unwrap_or(6), value.number()),
                'g' => general(value.number(), precision.unwrap_or(6)),
                kind => return Err(self.bad(&format!("`%{kind}`"))),
            };
            let numeric = !matches!(kind, 's' | 'c');
            let missing = width.saturating_sub(text.len());
            if given.contains('-') {
                out += &text;
                out.extend(std::iter::repeat_n(' ', missing));
            } else if given.contains('0') && numeric && precision.is_none_or(|_| kind == 'f') {
                let (sign, digits) =
                    text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
                out += sign;
                out.extend(std::iter::repeat_n('0', missing));
                out += digits;
            } else {
                out.extend(std::iter::repeat_n(' ', missing));
                out += &text;
            }
        }
        Ok(out)
    }
}
