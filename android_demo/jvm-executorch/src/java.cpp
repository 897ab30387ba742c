#include "java.h"

namespace h3ae {
namespace {

jclass global_class(JNIEnv* env, const char* name) {
  jclass local = checked(env, env->FindClass(name));
  auto global = static_cast<jclass>(env->NewGlobalRef(local));
  env->DeleteLocalRef(local);
  return global;
}

jmethodID method(JNIEnv* env, jclass type, const char* name, const char* signature) {
  return checked(env, env->GetMethodID(type, name, signature));
}

jmethodID static_method(JNIEnv* env, jclass type, const char* name, const char* signature) {
  return checked(env, env->GetStaticMethodID(type, name, signature));
}

}  // namespace

void check(JNIEnv* env) {
  if (env->ExceptionCheck()) throw Pending();
}

HybridData::HybridData(JNIEnv* env) : type(global_class(env, "com/facebook/jni/HybridData")) {
  create = method(env, type, "<init>", "()V");
  destructor = checked(env, env->GetFieldID(type, "mDestructor", "Lcom/facebook/jni/HybridData$Destructor;"));
  jclass holder = checked(env, env->FindClass("com/facebook/jni/HybridData$Destructor"));
  pointer = checked(env, env->GetFieldID(holder, "mNativePointer", "J"));
}

#define VALUE "Lorg/pytorch/executorch/EValue;"
#define TENSOR "Lorg/pytorch/executorch/Tensor;"
#define STRING "Ljava/lang/String;"

Value::Value(JNIEnv* env) : type(global_class(env, "org/pytorch/executorch/EValue")) {
  from_tensor = static_method(env, type, "from", "(" TENSOR ")" VALUE);
  from_bool = static_method(env, type, "from", "(Z)" VALUE);
  from_int = static_method(env, type, "from", "(J)" VALUE);
  from_double = static_method(env, type, "from", "(D)" VALUE);
  from_string = static_method(env, type, "from", "(" STRING ")" VALUE);
  none = static_method(env, type, "optionalNone", "()" VALUE);
  is_tensor = method(env, type, "isTensor", "()Z");
  is_bool = method(env, type, "isBool", "()Z");
  is_int = method(env, type, "isInt", "()Z");
  is_double = method(env, type, "isDouble", "()Z");
  is_string = method(env, type, "isString", "()Z");
  is_none = method(env, type, "isNone", "()Z");
  to_tensor = method(env, type, "toTensor", "()" TENSOR);
  to_bool = method(env, type, "toBool", "()Z");
  to_int = method(env, type, "toInt", "()J");
  to_double = method(env, type, "toDouble", "()D");
  to_string = method(env, type, "toStr", "()" STRING);
}

Tensor::Tensor(JNIEnv* env) : type(global_class(env, "org/pytorch/executorch/Tensor")) {
  create = static_method(
      env, type, "nativeNewTensor", "(Ljava/nio/ByteBuffer;[JILcom/facebook/jni/HybridData;)" TENSOR);
  allocate = static_method(env, type, "allocateByteBuffer", "(I)Ljava/nio/ByteBuffer;");
  data = method(env, type, "getRawDataBuffer", "()Ljava/nio/Buffer;");
  dtype = method(env, type, "dtypeJniCode", "()I");
  shape = checked(env, env->GetFieldID(type, "shape", "[J"));
}

const HybridData& hybrid_data(JNIEnv* env) {
  static const HybridData found(env);
  return found;
}

const Value& value_class(JNIEnv* env) {
  static const Value found(env);
  return found;
}

const Tensor& tensor_class(JNIEnv* env) {
  static const Tensor found(env);
  return found;
}

std::string text(JNIEnv* env, jstring string) {
  if (string == nullptr) throw std::invalid_argument("a string is null");
  const char* characters = checked(env, env->GetStringUTFChars(string, nullptr));
  std::string result(characters);
  env->ReleaseStringUTFChars(string, characters);
  return result;
}

jobjectArray strings(JNIEnv* env, const std::vector<std::string>& values) {
  jclass type = checked(env, env->FindClass("java/lang/String"));
  auto array = checked(env, env->NewObjectArray(static_cast<jsize>(values.size()), type, nullptr));
  for (size_t i = 0; i < values.size(); ++i) {
    jstring string = checked(env, env->NewStringUTF(values[i].c_str()));
    env->SetObjectArrayElement(array, static_cast<jsize>(i), string);
    env->DeleteLocalRef(string);
  }
  return array;
}

void raise(JNIEnv* env, const char* type, const char* message) {
  if (env->ExceptionCheck()) return;
  if (jclass found = env->FindClass(type)) env->ThrowNew(found, message);
}

void raise(JNIEnv* env, const RuntimeFailure& failure) {
  if (env->ExceptionCheck()) return;
  jclass type = env->FindClass("org/pytorch/executorch/ExecutorchRuntimeException");
  if (type == nullptr) return;
  jmethodID create = env->GetMethodID(type, "<init>", "(ILjava/lang/String;)V");
  jstring message = env->NewStringUTF(failure.what());
  if (create == nullptr || message == nullptr) return;
  if (auto error = static_cast<jthrowable>(env->NewObject(type, create, failure.code, message))) env->Throw(error);
}

}  // namespace h3ae
