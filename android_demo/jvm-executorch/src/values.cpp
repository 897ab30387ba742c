#include "values.h"

#include <cstring>
#include <limits>

#include "java.h"

namespace h3ae {

using executorch::aten::ScalarType;
using executorch::aten::SizesType;
using executorch::runtime::EValue;

Arguments::Arguments(JNIEnv* env, jobjectArray values) {
  const jsize count = env->GetArrayLength(values);
  for (jsize i = 0; i < count; ++i) {
    jobject value = checked(env, env->GetObjectArrayElement(values, i));
    values_.push_back(convert(env, value));
    env->DeleteLocalRef(value);
  }
}

EValue Arguments::convert(JNIEnv* env, jobject value) {
  const Value& type = value_class(env);
  auto is = [&](jmethodID question) { return env->CallBooleanMethod(value, question) == JNI_TRUE; };
  if (is(type.is_tensor)) return tensor(env, checked(env, env->CallObjectMethod(value, type.to_tensor)));
  if (is(type.is_int)) return EValue(static_cast<int64_t>(env->CallLongMethod(value, type.to_int)));
  if (is(type.is_double)) return EValue(static_cast<double>(env->CallDoubleMethod(value, type.to_double)));
  if (is(type.is_bool)) return EValue(env->CallBooleanMethod(value, type.to_bool) == JNI_TRUE);
  if (is(type.is_string)) {
    strings_.push_back(text(env, static_cast<jstring>(env->CallObjectMethod(value, type.to_string))));
    views_.emplace_back(strings_.back().data(), strings_.back().size());
    return EValue(&views_.back());
  }
  check(env);
  return EValue();
}

EValue Arguments::tensor(JNIEnv* env, jobject value) {
  const Tensor& type = tensor_class(env);
  auto shape = static_cast<jlongArray>(checked(env, env->GetObjectField(value, type.shape)));
  std::vector<jlong> lengths(env->GetArrayLength(shape));
  env->GetLongArrayRegion(shape, 0, static_cast<jsize>(lengths.size()), lengths.data());
  jobject buffer = checked(env, env->CallObjectMethod(value, type.data));
  void* memory = env->GetDirectBufferAddress(buffer);
  if (memory == nullptr) throw std::invalid_argument("a tensor's buffer is not direct");
  const jint dtype = env->CallIntMethod(value, type.dtype);
  check(env);
  std::vector<SizesType> sizes(lengths.begin(), lengths.end());
  tensors_.push_back(executorch::extension::from_blob(memory, std::move(sizes), static_cast<ScalarType>(dtype)));
  return EValue(*tensors_.back());
}

namespace {

jobject java_tensor(JNIEnv* env, const executorch::aten::Tensor& tensor) {
  const Tensor& type = tensor_class(env);
  if (tensor.nbytes() > static_cast<size_t>(std::numeric_limits<jint>::max())) {
    throw std::length_error("a result of 2 GiB or more does not fit a Java buffer");
  }
  // Java's helper gives the buffer native order.
  jobject buffer =
      checked(env, env->CallStaticObjectMethod(type.type, type.allocate, static_cast<jint>(tensor.nbytes())));
  std::memcpy(env->GetDirectBufferAddress(buffer), tensor.const_data_ptr(), tensor.nbytes());
  const std::vector<jlong> lengths(tensor.sizes().begin(), tensor.sizes().end());
  const auto rank = static_cast<jsize>(lengths.size());
  jlongArray shape = checked(env, env->NewLongArray(rank));
  env->SetLongArrayRegion(shape, 0, rank, lengths.data());
  const jint dtype = static_cast<jint>(tensor.scalar_type());
  return checked(env, env->CallStaticObjectMethod(type.type, type.create, buffer, shape, dtype, nullptr));
}

jobject java_value(JNIEnv* env, const EValue& value) {
  const Value& type = value_class(env);
  auto make = [&](jmethodID from, auto argument) {
    return checked(env, env->CallStaticObjectMethod(type.type, from, argument));
  };
  if (value.isTensor()) return make(type.from_tensor, java_tensor(env, value.toTensor()));
  if (value.isInt()) return make(type.from_int, static_cast<jlong>(value.toInt()));
  if (value.isDouble()) return make(type.from_double, value.toDouble());
  if (value.isBool()) return make(type.from_bool, static_cast<jint>(value.toBool() ? JNI_TRUE : JNI_FALSE));
  if (value.isString()) {
    const auto view = value.toString();
    return make(type.from_string, checked(env, env->NewStringUTF(std::string(view.data(), view.size()).c_str())));
  }
  if (value.isNone()) return checked(env, env->CallStaticObjectMethod(type.type, type.none));
  throw std::invalid_argument("a result is a list, which Java's EValue cannot hold");
}

}  // namespace

jobjectArray results(JNIEnv* env, const std::vector<EValue>& values) {
  auto array = checked(
      env, env->NewObjectArray(static_cast<jsize>(values.size()), value_class(env).type, nullptr));
  for (size_t i = 0; i < values.size(); ++i) {
    jobject value = java_value(env, values[i]);
    env->SetObjectArrayElement(array, static_cast<jsize>(i), value);
    env->DeleteLocalRef(value);
  }
  return array;
}

}  // namespace h3ae
