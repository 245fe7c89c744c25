//! `$((...))`: integers of 64 bits with C's operators, as in dash.

/// Where an expression finds and puts its variables.
pub(crate) trait Variables {
    fn get(&self, name: &str) -> Option<String>;
    /// # Errors
    /// What is wrong with the name.
    fn set(&mut self, name: &str, value: i64) -> Result<(), String>;
}

/// How deep parentheses may stand in one another.
const MAX_DEPTH: usize = 60;

/// The value of an expression.
///
/// # Errors
/// As dash words it, without its prefix.
pub(crate) fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    let mut expression = Expression { text, at: 0, variables, depth: 0, idle: false };
    let value = expression.assignment()?;
    if expression.at < text.len() {
        return Err(expression.expected("EOF"));
    }
    Ok(value)
}

struct Expression<'a> {
    text: &'a str,
    at: usize,
    variables: &'a mut dyn Variables,
    depth: usize,
    /// In the part of `&&`, `||` or `?:` that does not count.
    idle: bool,
}

/// Binary operators by rank, the loosest first; the longer of two with a common start first.
const OPERATORS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

const ASSIGNMENTS: [&str; 11] = ["=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|="];

impl Expression<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> String {
        format!("expecting {what}: \"{}\"", self.text)
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn accept(&mut self, operator: &str) -> bool {
        let found = self.rest().starts_with(operator);
        if found {
            self.at += operator.len();
            self.blanks();
        }
        found
    }

    fn nested(&mut self, body: fn(&mut Self) -> Result<i64, String>) -> Result<i64, String> {
        if self.depth >= MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}: \"{}\"", self.text));
        }
        self.depth += 1;
        let value = body(self);
        self.depth -= 1;
        value
    }

    fn name(&self) -> usize {
        crate::parse::name_length(self.rest().as_bytes())
    }

    fn assignment(&mut self) -> Result<i64, String> {
        self.blanks();
        let (start, length) = (self.at, self.name());
        if length > 0 {
            self.at += length;
            self.blanks();
            let operator = ASSIGNMENTS
                .into_iter()
                .find(|operator| self.rest().starts_with(operator) && !self.rest().starts_with("=="));
            if let Some(operator) = operator {
                let name = self.text[start..start + length].to_owned();
                self.accept(operator);
                let right = self.nested(Self::assignment)?;
                let value = match operator.strip_suffix('=').unwrap_or_default() {
                    "" => right,
                    binary => {
                        let left = self.value(&name)?;
                        self.apply(binary, left, right)?
                    }
                };
                if !self.idle {
                    self.variables.set(&name, value)?;
                }
                return Ok(value);
            }
            self.at = start;
        }
        self.conditional()
    }

    fn conditional(&mut self) -> Result<i64, String> {
        let condition = self.binary(0)?;
        if !self.accept("?") {
            return Ok(condition);
        }
        let yes = self.unless(condition == 0, Self::assignment)?;
        if !self.accept(":") {
            return Err(self.expected("':'"));
        }
        let no = self.unless(condition != 0, Self::conditional)?;
        Ok(if condition == 0 { no } else { yes })
    }

    fn unless(&mut self, idle: bool, body: fn(&mut Self) -> Result<i64, String>) -> Result<i64, String> {
        let before = self.idle;
        self.idle |= idle;
        let value = self.nested(body);
        self.idle = before;
        value
    }

    fn operator(&mut self, rank: usize) -> Option<&'static str> {
        let rest = self.rest();
        let found = OPERATORS[rank].iter().find(|operator| {
            let Some(behind) = rest.strip_prefix(**operator) else { return false };
            // `&` is no part of `&&`, nor `<` of `<<`, nor `+` of `+=`.
            match **operator {
                "&" | "|" => !behind.starts_with([operator.as_bytes()[0] as char, '=']),
                "<" | ">" => !behind.starts_with(['<', '>', '=']),
                "||" | "&&" | "==" | "!=" | "<=" | ">=" => true,
                _ => !behind.starts_with('='),
            }
        });
        let operator = *found?;
        self.accept(operator);
        Some(operator)
    }

    fn binary(&mut self, rank: usize) -> Result<i64, String> {
        if rank == OPERATORS.len() {
            return self.unary();
        }
        let mut left = self.binary(rank + 1)?;
        while let Some(operator) = self.operator(rank) {
            let before = self.idle;
            self.idle |= (operator == "||" && left != 0) || (operator == "&&" && left == 0);
            let right = self.binary(rank + 1);
            self.idle = before;
            left = self.apply(operator, left, right?)?;
        }
        Ok(left)
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        // C shifts by the low six bits on the machines that Debian knows.
        let shift = (right & 63) as u32;
        Ok(match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 && self.idle => 0,
            _ if right == 0 => return Err(format!("division by zero: \"{}\"", self.text)),
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.blanks();
        let value = if self.accept("!") {
            i64::from(self.nested(Self::unary)? == 0)
        } else if self.accept("~") {
            !self.nested(Self::unary)?
        } else if self.accept("-") {
            self.nested(Self::unary)?.wrapping_neg()
        } else if self.accept("+") {
            self.nested(Self::unary)?
        } else if self.accept("(") {
            let value = self.nested(Self::assignment)?;
            if !self.accept(")") {
                return Err(self.expected("')'"));
            }
            value
        } else {
            self.primary()?
        };
        self.blanks();
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        let length = self.name();
        if length > 0 {
            let name = self.rest()[..length].to_owned();
            self.at += length;
            return self.value(&name);
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
        let wrong = if digits == 0 { "primary" } else { "EOF" };
        let value = number(&self.rest()[..digits]).ok_or_else(|| self.expected(wrong))?;
        self.at += digits;
        Ok(value)
    }

    /// A variable's value: nothing is 0.
    fn value(&self, name: &str) -> Result<i64, String> {
        let Some(text) = self.variables.get(name) else { return Ok(0) };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(0);
        }
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let value = number(digits).ok_or_else(|| format!("Illegal number: {text}"))?;
        Ok(if negative { value.wrapping_neg() } else { value })
    }
}

/// A constant: decimal, octal with 0, hexadecimal with 0x. Too large ones are the largest, as strtoimax(3) has it.
fn number(text: &str) -> Option<i64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some(i64::from_str_radix(digits, radix).unwrap_or(i64::MAX))
}
