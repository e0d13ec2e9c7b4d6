package io.clustrix.guice;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.objenesis.Objenesis;
import org.objenesis.ObjenesisStd;

/**
 * Makes copies of objects that Guice has made, of the class as it was written: a worker must neither need Guice's
 * subclass, which exists in this JVM only, nor intercept the call once more.
 */
final class PlainCopies {
    private final Objenesis allocator = new ObjenesisStd();
    private final ClassValue<List<Field>> fields = new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
            List<Field> all = new ArrayList<>();
            for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
                for (Field field : c.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())) {
                        field.setAccessible(true);
                        all.add(field);
                    }
                }
            }
            return all;
        }
    };

    /**
     * A copy with the same values in its fields.
     *
     * @param object of a subclass of {@code type}
     * @param type what the copy is of; no constructor of it is called
     */
    Object of(Object object, Class<?> type) {
        Object copy = allocator.newInstance(type);
        for (Field field : fields.get(type)) {
            try {
                field.set(copy, field.get(object));
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("field " + field + " is accessible and can't be copied", e);
            }
        }
        return copy;
    }
}
