//! Tests of the module on scripted services.
