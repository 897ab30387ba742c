// What the natives need of JNI: classes and members looked up once, strings, exceptions.
#pragma once

#include <jni.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace h3ae {

// A Java exception is pending: nothing is left to do but to return.
struct Pending : std::exception {};

// An error of the runtime, on its way to an ExecutorchRuntimeException.
struct RuntimeFailure : std::runtime_error {
  RuntimeFailure(int code, const std::string& what) : std::runtime_error(what), code(code) {}
  int code;
};

// Returns `value`, unless a Java exception is pending or there is none.
template <typename T>
T checked(JNIEnv* env, T value) {
  if (env->ExceptionCheck() || value == nullptr) throw Pending();
  return value;
}

// Throws if a Java exception is pending.
void check(JNIEnv* env);

struct HybridData {
  explicit HybridData(JNIEnv* env);
  jclass type;
  jmethodID create;
  jfieldID destructor, pointer;
};

struct Value {
  explicit Value(JNIEnv* env);
  jclass type;
  jmethodID from_tensor, from_bool, from_int, from_double, from_string, none;
  jmethodID is_tensor, is_bool, is_int, is_double, is_string, is_none;
  jmethodID to_tensor, to_bool, to_int, to_double, to_string;
};

struct Tensor {
  explicit Tensor(JNIEnv* env);
  jclass type;
  jmethodID create, allocate, data, dtype;
  jfieldID shape;
};

// Classes and members, looked up on first use and kept.
const HybridData& hybrid_data(JNIEnv* env);
const Value& value_class(JNIEnv* env);
const Tensor& tensor_class(JNIEnv* env);

// UTF-8 of a Java string; names and paths hold no characters that Java's own encoding writes differently.
std::string text(JNIEnv* env, jstring string);
jobjectArray strings(JNIEnv* env, const std::vector<std::string>& values);

void raise(JNIEnv* env, const RuntimeFailure& failure);
void raise(JNIEnv* env, const char* type, const char* message);

// Runs the body of a native; C++ exceptions become Java's.
template <typename Body>
auto guarded(JNIEnv* env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const Pending&) {
  } catch (const RuntimeFailure& failure) {
    raise(env, failure);
  } catch (const std::bad_alloc&) {
    raise(env, "java/lang/OutOfMemoryError", "native memory of ExecuTorch");
  } catch (const std::exception& error) {
    raise(env, "java/lang/IllegalStateException", error.what());
  }
  return decltype(body())();
}

}  // namespace h3ae
