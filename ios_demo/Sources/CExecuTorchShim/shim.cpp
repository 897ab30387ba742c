#include "CExecuTorchShim.h"

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/core/error.h>

#include <new>
#include <string>
#include <vector>

// Exported by the runtime's library, whose package lacks the header of it.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  size_t get_thread_count() const;
  bool _unsafe_reset_threadpool(uint32_t threads);
};
ThreadPool *get_threadpool();
}  // namespace executorch::extension::threadpool

using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using executorch::extension::from_blob;
using executorch::extension::Module;
using executorch::extension::TensorPtr;
using executorch::runtime::Error;
using executorch::runtime::EValue;

struct h3ae_et_method {
  h3ae_et_method(const char *path, const char *name)
      : module(path, Module::LoadMode::Mmap), name(name) {}

  Module module;
  std::string name;
  std::vector<EValue> outputs;
  std::vector<std::vector<int32_t>> sizes;
  std::vector<h3ae_et_tensor> views;
};

namespace {

// C++ exceptions must not reach C: memory is what can run out here.
template <typename Work>
int guarded(Work work) {
  try {
    return static_cast<int>(work());
  } catch (const std::bad_alloc &) {
    return static_cast<int>(Error::MemoryAllocationFailed);
  } catch (...) {
    return static_cast<int>(Error::Internal);
  }
}

Error run(h3ae_et_method &method, const h3ae_et_tensor *inputs, size_t count) {
  std::vector<TensorPtr> kept;
  std::vector<EValue> arguments;
  for (size_t i = 0; i < count; i++) {
    const auto &input = inputs[i];
    std::vector<SizesType> sizes(input.sizes, input.sizes + input.rank);
    // The runtime copies inputs into its own memory plan and writes to none of them.
    kept.push_back(from_blob(const_cast<void *>(input.data), std::move(sizes),
                             static_cast<ScalarType>(input.type)));
    arguments.emplace_back(kept.back());
  }
  auto result = method.module.execute(method.name, arguments);
  if (!result.ok()) return result.error();
  method.outputs = std::move(result.get());
  return Error::Ok;
}

Error view_outputs(h3ae_et_method &method) {
  method.sizes.clear();
  method.views.clear();
  for (const auto &value : method.outputs) {
    if (!value.isTensor()) return Error::InvalidType;
    const auto tensor = value.toTensor();
    method.sizes.emplace_back(tensor.sizes().begin(), tensor.sizes().end());
    method.views.push_back({tensor.const_data_ptr(), nullptr, method.sizes.back().size(),
                            tensor.nbytes(), static_cast<int32_t>(tensor.scalar_type())});
  }
  for (size_t i = 0; i < method.views.size(); i++) {
    method.views[i].sizes = method.sizes[i].data();
  }
  return Error::Ok;
}

}  // namespace

extern "C" const char *h3ae_et_message(int error) {
  return executorch::runtime::to_string(static_cast<Error>(error));
}

extern "C" int h3ae_et_has_backend(const char *name) {
  return executorch::runtime::get_backend_class(name) != nullptr;
}

extern "C" int h3ae_et_set_threads(uint32_t threads) {
  return guarded([&] {
    auto *pool = executorch::extension::threadpool::get_threadpool();
    if (pool == nullptr) return Error::NotSupported;
    if (pool->get_thread_count() == threads) return Error::Ok;
    return pool->_unsafe_reset_threadpool(threads) ? Error::Ok : Error::InvalidArgument;
  });
}

extern "C" int h3ae_et_open(const char *path, const char *method, h3ae_et_method **out) {
  *out = nullptr;
  return guarded([&] {
    auto *opened = new h3ae_et_method(path, method);
    const Error error = opened->module.load_method(method);
    if (error != Error::Ok) {
      delete opened;
      return error;
    }
    *out = opened;
    return Error::Ok;
  });
}

extern "C" int h3ae_et_run(h3ae_et_method *method, const h3ae_et_tensor *inputs,
                           size_t input_count, const h3ae_et_tensor **outputs,
                           size_t *output_count) {
  return guarded([&] {
    Error error = run(*method, inputs, input_count);
    if (error == Error::Ok) error = view_outputs(*method);
    *outputs = method->views.data();
    *output_count = error == Error::Ok ? method->views.size() : 0;
    return error;
  });
}

extern "C" void h3ae_et_close(h3ae_et_method *method) { delete method; }
