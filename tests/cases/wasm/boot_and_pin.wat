;; BOOT boot
;; PIN reply 6
;; SLOT 6 2
;; CALL total = 12
(module
  (memory 1)
  (table (export "table") 1 funcref)
  (elem (i32.const 0) func $reply)
  (func (export "boot") (i32.store (i32.const 4) (i32.const 10)))
  (func $reply (export "reply") (param i32)
    (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (local.get 0))))
  (func (export "total") (result i32) (i32.load (i32.const 4))))
