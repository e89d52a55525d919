;; PIN reply 9
;; PIN reject 8
;; PIN orphan 20
;; SLOT 9 5
;; SLOT 20 3
;; CALL sum = 8
;; Active, passive and declarative segments, by index and by expression, stay as they are.
(module
  (table (export "table") 4 4 funcref)
  (global $sum (mut i32) (i32.const 0))
  (elem (i32.const 1) func $first $second)
  (elem func $first)
  (elem declare func $second)
  (elem (i32.const 3) funcref (ref.func $second))
  (func $first)
  (func $second)
  (func $add (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
  (func $reject (export "reject") (param i32) unreachable)
  (export "reply" (func $add))
  (export "orphan" (func $add))
  (func (export "sum") (result i32) (global.get $sum)))
