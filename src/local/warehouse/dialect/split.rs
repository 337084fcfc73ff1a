//! A script's statements.

use super::lex::{Kind, Token};

/// The statements of a script: their tokens, each list ending with [`Kind::End`]. Empty ones are none.
pub(super) fn split(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut statements = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    for token in tokens {
        if matches!(token.kind, Kind::Sign(";") | Kind::End) {
            if !current.is_empty() {
                current.push(Token {
                    kind: Kind::End,
                    ..token.clone()
                });
                statements.push(std::mem::take(&mut current));
            }
        } else {
            current.push(token.clone());
        }
    }
    statements
}
