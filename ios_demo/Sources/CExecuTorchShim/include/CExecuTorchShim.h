#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One method of a saved program, in ExecuTorch's C++ runtime.
typedef struct h3ae_et_method h3ae_et_method;

// A dense, row-major tensor. `type` is torch's number of a scalar type: 0 uint8, 3 int32, 5 float16,
// 6 float32.
typedef struct {
  const void *data;
  const int32_t *sizes;
  size_t rank;
  size_t bytes;
  int32_t type;
} h3ae_et_tensor;

// Every function that returns an int gives 0 or an ExecuTorch error, which this names.
const char *h3ae_et_message(int error);

// Whether the runtime has a backend, for instance "XnnpackBackend".
int h3ae_et_has_backend(const char *name);

// Threads of the pool, which a process has one of.
int h3ae_et_set_threads(uint32_t threads);

int h3ae_et_open(const char *path, const char *method, h3ae_et_method **out);

// Runs the method once. The outputs belong to the method and hold until its next run.
int h3ae_et_run(h3ae_et_method *method, const h3ae_et_tensor *inputs, size_t input_count,
                const h3ae_et_tensor **outputs, size_t *output_count);

void h3ae_et_close(h3ae_et_method *method);

#ifdef __cplusplus
}
#endif
