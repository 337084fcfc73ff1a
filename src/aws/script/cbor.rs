//! CBOR as JSON, for requests and answers of Smithy RPC v2.

use aws_smithy_cbor::data::Type;
use aws_smithy_cbor::{Decoder, Encoder};
use serde_json::{Map, Value};

pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    write(value, &mut encoder);
    encoder.into_writer()
}

fn write(value: &Value, encoder: &mut Encoder) {
    match value {
        Value::Null => drop(encoder.null()),
        Value::Bool(flag) => drop(encoder.boolean(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => drop(encoder.long(number)),
            None => drop(encoder.double(number.as_f64().expect("a number"))),
        },
        Value::String(text) => drop(encoder.str(text)),
        Value::Array(items) => {
            encoder.array(items.len());
            items.iter().for_each(|item| write(item, encoder));
        }
        Value::Object(members) => {
            encoder.map(members.len());
            for (name, member) in members {
                encoder.str(name);
                write(member, encoder);
            }
        }
    }
}

/// Panics on what is not CBOR.
pub(super) fn decode(bytes: &[u8]) -> Value {
    read(&mut Decoder::new(bytes))
}

fn read(decoder: &mut Decoder<'_>) -> Value {
    match decoder.datatype().expect("an item") {
        Type::Bool => Value::from(decoder.boolean().expect("a flag")),
        Type::Null => {
            decoder.null().expect("null");
            Value::Null
        }
        Type::F16 | Type::F32 | Type::F64 => Value::from(decoder.double().expect("a number")),
        Type::String | Type::StringIndef => Value::from(decoder.string().expect("a text")),
        Type::Array | Type::ArrayIndef => {
            let length = decoder.list().expect("a list");
            let mut items = Vec::new();
            while more(decoder, length, items.len()) {
                items.push(read(decoder));
            }
            Value::from(items)
        }
        Type::Map | Type::MapIndef => {
            let length = decoder.map().expect("a map");
            let mut members = Map::new();
            while more(decoder, length, members.len()) {
                let name = decoder.string().expect("a name");
                members.insert(name, read(decoder));
            }
            Value::from(members)
        }
        _ => Value::from(decoder.long().expect("a whole number")),
    }
}

fn more(decoder: &mut Decoder<'_>, length: Option<u64>, read: usize) -> bool {
    match length {
        Some(length) => (read as u64) < length,
        None if decoder.datatype().expect("an item") == Type::Break => {
            decoder.skip().expect("the end");
            false
        }
        None => true,
    }
}
