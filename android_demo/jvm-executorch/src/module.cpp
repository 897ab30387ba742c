// The natives of org.pytorch.executorch.{Module,ExecuTorchRuntime} and of com.facebook.jni.HybridData on a desktop JVM.
#include <executorch/extension/module/module.h>
#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/kernel/operator_registry.h>

#include <memory>
#include <mutex>

#include "java.h"
#include "log.h"
#include "threads.h"
#include "values.h"

using executorch::extension::Module;
using executorch::runtime::Error;

namespace {

using h3ae::guarded;

// What HybridData's pointer points at; HybridData deletes it.
struct Handle {
  explicit Handle(std::string path, Module::LoadMode mode) : module(path, mode) {}
  Module module;
};

Module& module_of(JNIEnv* env, jobject self) {
  const h3ae::HybridData& data = h3ae::hybrid_data(env);
  static const jfieldID field = env->GetFieldID(
      env->GetObjectClass(self), "mHybridData", "Lcom/facebook/jni/HybridData;");
  jobject hybrid = h3ae::checked(env, env->GetObjectField(self, h3ae::checked(env, field)));
  jobject destructor = h3ae::checked(env, env->GetObjectField(hybrid, data.destructor));
  auto* handle = reinterpret_cast<Handle*>(env->GetLongField(destructor, data.pointer));
  if (handle == nullptr) throw std::runtime_error("the module is destroyed");
  return handle->module;
}

[[noreturn]] void fail(Error error, const std::string& what) {
  std::string reason = what;
  for (const std::string& line : h3ae::take_log()) {
    if (line[0] == 'E' || line[0] == 'F') reason += "\n" + line;
  }
  throw h3ae::RuntimeFailure(static_cast<int>(error), reason);
}

// Sets the size of the pool that all modules of the process share. Not while one of them runs: XNNPACK holds the pool.
void set_threads(uint32_t count) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> guard(mutex);
  auto* pool = executorch::extension::threadpool::get_threadpool();
  if (pool->get_thread_count() != count && !pool->_unsafe_reset_threadpool(count)) {
    throw std::runtime_error("the thread pool cannot have " + std::to_string(count) + " threads");
  }
}

}  // namespace

extern "C" {

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM*, void*) {
  h3ae::keep_log();
  return JNI_VERSION_1_8;
}

JNIEXPORT void JNICALL
Java_com_facebook_jni_HybridData_00024Destructor_deleteNative(JNIEnv*, jclass, jlong pointer) {
  delete reinterpret_cast<Handle*>(pointer);
}

JNIEXPORT jobjectArray JNICALL
Java_org_pytorch_executorch_ExecuTorchRuntime_getRegisteredBackends(JNIEnv* env, jclass) {
  return guarded(env, [&] {
    std::vector<std::string> names;
    for (size_t i = 0; i < executorch::runtime::get_num_registered_backends(); ++i) {
      auto name = executorch::runtime::get_backend_name(i);
      if (name.ok()) names.emplace_back(*name);
    }
    return h3ae::strings(env, names);
  });
}

JNIEXPORT jobjectArray JNICALL
Java_org_pytorch_executorch_ExecuTorchRuntime_getRegisteredOps(JNIEnv* env, jclass) {
  return guarded(env, [&] {
    std::vector<std::string> names;
    for (const auto& kernel : executorch::runtime::get_registered_kernels()) names.emplace_back(kernel.name_);
    return h3ae::strings(env, names);
  });
}

JNIEXPORT jobject JNICALL
Java_org_pytorch_executorch_Module_initHybrid(JNIEnv* env, jclass, jstring path, jint mode, jint threads) {
  return guarded(env, [&]() -> jobject {
    if (threads > 0) set_threads(static_cast<uint32_t>(threads));
    const std::string file = h3ae::text(env, path);
    auto handle = std::make_unique<Handle>(file, static_cast<Module::LoadMode>(mode));
    const Error error = handle->module.load();
    if (error != Error::Ok) fail(error, "cannot load " + file);
    const h3ae::HybridData& data = h3ae::hybrid_data(env);
    jobject hybrid = h3ae::checked(env, env->NewObject(data.type, data.create));
    jobject destructor = h3ae::checked(env, env->GetObjectField(hybrid, data.destructor));
    env->SetLongField(destructor, data.pointer, reinterpret_cast<jlong>(handle.release()));
    return hybrid;
  });
}

JNIEXPORT jint JNICALL
Java_org_pytorch_executorch_Module_loadMethodNative(JNIEnv* env, jobject self, jstring name) {
  return guarded(env, [&] { return static_cast<jint>(module_of(env, self).load_method(h3ae::text(env, name))); });
}

JNIEXPORT jobjectArray JNICALL Java_org_pytorch_executorch_Module_getMethods(JNIEnv* env, jobject self) {
  return guarded(env, [&] {
    auto names = module_of(env, self).method_names();
    if (!names.ok()) fail(names.error(), "cannot read the program's methods");
    return h3ae::strings(env, {names->begin(), names->end()});
  });
}

JNIEXPORT jobjectArray JNICALL
Java_org_pytorch_executorch_Module_getUsedBackends(JNIEnv* env, jobject self, jstring name) {
  return guarded(env, [&] {
    const std::string method = h3ae::text(env, name);
    auto meta = module_of(env, self).method_meta(method);
    if (!meta.ok()) fail(meta.error(), "cannot read the method " + method);
    std::vector<std::string> names;
    for (size_t i = 0; i < meta->num_backends(); ++i) {
      auto backend = meta->get_backend_name(i);
      if (backend.ok()) names.emplace_back(*backend);
    }
    return h3ae::strings(env, names);
  });
}

JNIEXPORT jobjectArray JNICALL
Java_org_pytorch_executorch_Module_executeNative(JNIEnv* env, jobject self, jstring name, jobjectArray values) {
  return guarded(env, [&] {
    const std::string method = h3ae::text(env, name);
    Module& module = module_of(env, self);
    const h3ae::Arguments arguments(env, values);
    auto outputs = module.execute(method, arguments.values());
    if (!outputs.ok()) fail(outputs.error(), "cannot run the method " + method);
    return h3ae::results(env, *outputs);
  });
}

JNIEXPORT jobjectArray JNICALL Java_org_pytorch_executorch_Module_readLogBufferNative(JNIEnv* env, jobject) {
  return guarded(env, [&] { return h3ae::strings(env, h3ae::take_log()); });
}

JNIEXPORT jobjectArray JNICALL Java_org_pytorch_executorch_Module_readLogBufferStaticNative(JNIEnv* env, jclass) {
  return guarded(env, [&] { return h3ae::strings(env, h3ae::take_log()); });
}

// As on Android without a profiling build: nothing is recorded.
JNIEXPORT jboolean JNICALL Java_org_pytorch_executorch_Module_etdump(JNIEnv*, jobject) {
  return JNI_FALSE;
}

}  // extern "C"
