;; BOOT boot
;; CALL count = 42
;; CALL pages = 3
;; CALL byte = 7
(module
  (memory 1 10)
  (global $count (mut i32) (i32.const 0))
  (global $limit i32 (i32.const 64))
  (global $ratio (mut f64) (f64.const 0))
  (data (i32.const 10) "old")
  (start $start)
  (func $start (global.set $count (i32.const 41)))
  (func (export "boot")
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $ratio (f64.const 0.5))
    (drop (memory.grow (i32.const 2)))
    (memory.fill (i32.const 10) (i32.const 0) (i32.const 3))
    (i32.store (i32.const 100) (i32.const 0x01020304))
    (i32.store8 (i32.const 111) (i32.const 9))
    (i32.store8 (i32.const 131072) (i32.const 7)))
  (func (export "count") (result i32) (global.get $count))
  (func (export "pages") (result i32) (memory.size))
  (func (export "byte") (result i32) (i32.load8_u (i32.const 131072))))
