;; PIN late 2
;; A memory64 module: its callbacks take an i64.
(module
  (memory i64 1)
  (func $late (export "late") (param i64)))
