;; The least that any filter costs: it is entered as often as Vestibule, reads all request headers once, adds three, and decides
;; nothing. What a WebAssembly filter costs beside this is its own code.
(module
  (import "env" "proxy_get_header_map_pairs" (func $headers (param i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "x-one" "x-two" "x-three" "something of somebody")
  (func (export "_initialize"))
  (func (export "proxy_abi_version_0_2_1"))
  ;; Each block of headers takes the place of the one before.
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 65536))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $headers (i32.const 0) (i32.const 16) (i32.const 20)))
    (drop (call $add (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 1041) (i32.const 21)))
    (drop (call $add (i32.const 0) (i32.const 1029) (i32.const 5) (i32.const 1041) (i32.const 21)))
    (drop (call $add (i32.const 0) (i32.const 1034) (i32.const 7) (i32.const 1041) (i32.const 21)))
    (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_delete") (param i32)))
