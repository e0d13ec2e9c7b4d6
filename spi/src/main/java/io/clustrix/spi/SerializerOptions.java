package io.clustrix.spi;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a serializer is made with. Driver and worker make theirs from the same options: the options travel, the object
 * does not.
 *
 * @param filter a filter in the pattern syntax of {@link java.io.ObjectInputFilter.Config#createFilter}; each class
 *     named in a stream is held against it before anything of it is touched. It is applied on top of the serializer's
 *     own rules and of the JVM's {@code jdk.serialFilter}. May be empty.
 * @param properties the plugin's own options as plain strings
 */
public record SerializerOptions(String filter, Map<String, String> properties) {

    /**
     * Classes that no serializer may make from a stream: known building blocks of attacks through deserialization, none
     * of which is a value. A filter in the syntax of {@link java.io.ObjectInputFilter.Config#createFilter}, of which
     * only {@code !class}, {@code !package.*} and {@code !package.**} occur.
     *
     * <p>Sources: the payloads of ysoserial and marshalsec, and Jackson's list of blocked types. A list is never
     * complete: who can write a job's files can run code, which is why they lie in directories of mode 0700.
     */
    public static final String DENY_LIST = "!bsh.**"
            + ";!ch.qos.logback.core.db.**"
            + ";!clojure.inspector.**"
            + ";!com.caucho.config.types.**"
            + ";!com.caucho.naming.**"
            + ";!com.fasterxml.jackson.databind.node.POJONode"
            + ";!com.mchange.v2.c3p0.**"
            + ";!com.mchange.v2.naming.**"
            + ";!com.rometools.rome.feed.impl.*"
            + ";!com.sun.corba.**"
            + ";!com.sun.jndi.**"
            + ";!com.sun.org.apache.bcel.**"
            + ";!com.sun.org.apache.xalan.**"
            + ";!com.sun.org.apache.xml.internal.**"
            + ";!com.sun.org.apache.xpath.**"
            + ";!com.sun.rowset.**"
            + ";!com.sun.syndication.feed.impl.*"
            + ";!com.vaadin.data.util.*"
            + ";!com.zaxxer.hikari.**"
            + ";!groovy.lang.*"
            + ";!java.beans.EventHandler"
            + ";!java.lang.ProcessBuilder"
            + ";!java.lang.Runtime"
            + ";!java.rmi.**"
            + ";!java.security.SignedObject"
            + ";!java.util.ServiceLoader"
            + ";!javassist.**"
            + ";!javax.imageio.**"
            + ";!javax.management.**"
            + ";!javax.naming.**"
            + ";!javax.script.**"
            + ";!javax.swing.**"
            + ";!javax.xml.transform.**"
            + ";!jdk.nashorn.**"
            + ";!net.sf.ehcache.**"
            + ";!oracle.jdbc.rowset.**"
            + ";!oracle.jms.**"
            + ";!org.apache.bcel.**"
            + ";!org.apache.click.control.*"
            + ";!org.apache.commons.beanutils.**"
            + ";!org.apache.commons.collections.comparators.*"
            + ";!org.apache.commons.collections.functors.*"
            + ";!org.apache.commons.collections.keyvalue.TiedMapEntry"
            + ";!org.apache.commons.collections.map.DefaultedMap"
            + ";!org.apache.commons.collections.map.LazyMap"
            + ";!org.apache.commons.collections4.comparators.*"
            + ";!org.apache.commons.collections4.functors.*"
            + ";!org.apache.commons.collections4.keyvalue.TiedMapEntry"
            + ";!org.apache.commons.collections4.map.DefaultedMap"
            + ";!org.apache.commons.collections4.map.LazyMap"
            + ";!org.apache.commons.configuration.**"
            + ";!org.apache.commons.configuration2.**"
            + ";!org.apache.commons.dbcp.**"
            + ";!org.apache.commons.dbcp2.**"
            + ";!org.apache.commons.fileupload.**"
            + ";!org.apache.commons.jelly.**"
            + ";!org.apache.commons.proxy.**"
            + ";!org.apache.ibatis.datasource.**"
            + ";!org.apache.myfaces.**"
            + ";!org.apache.openjpa.ee.**"
            + ";!org.apache.shiro.jndi.**"
            + ";!org.apache.tomcat.dbcp.**"
            + ";!org.apache.wicket.util.upload.**"
            + ";!org.apache.xalan.**"
            + ";!org.apache.xbean.naming.**"
            + ";!org.apache.xpath.**"
            + ";!org.aspectj.weaver.**"
            + ";!org.codehaus.groovy.runtime.**"
            + ";!org.eclipse.jetty.plus.naming.**"
            + ";!org.hibernate.**"
            + ";!org.jboss.interceptor.**"
            + ";!org.jboss.util.**"
            + ";!org.jboss.weld.interceptor.**"
            + ";!org.jdom.transform.**"
            + ";!org.jdom2.transform.**"
            + ";!org.mozilla.javascript.**"
            + ";!org.python.core.**"
            + ";!org.quartz.utils.**"
            + ";!org.springframework.aop.**"
            + ";!org.springframework.beans.factory.**"
            + ";!org.springframework.context.support.**"
            + ";!org.springframework.core.SerializableTypeWrapper"
            + ";!org.springframework.core.SerializableTypeWrapper$MethodInvokeTypeProvider"
            + ";!org.springframework.jndi.**"
            + ";!org.springframework.transaction.jta.**"
            + ";!sun.misc.**"
            + ";!sun.print.**"
            + ";!sun.rmi.**"
            + ";!sun.swing.**";

    /** Copies the map, sorted by key. */
    public SerializerOptions {
        properties = java.util.Collections.unmodifiableMap(new TreeMap<>(properties));
    }

    /** No filter beyond the serializer's own and no properties. */
    public static SerializerOptions none() {
        return new SerializerOptions("", Map.of());
    }

    /**
     * Whether {@link #DENY_LIST} refuses a class. The JDK's own filter would say the same, but takes many milliseconds
     * to be made, which each new worker would pay before its first result.
     *
     * @param className a binary name, of the element type if it is an array
     */
    public static boolean denies(String className) {
        return Denied.CLASSES.contains(className) || Denied.byPackage(className);
    }

    /** The list taken apart, when first asked for. */
    private static final class Denied {
        private static final Set<String> CLASSES = new HashSet<>();
        private static final Set<String> PACKAGES = new HashSet<>();
        private static final Set<String> TREES = new HashSet<>();

        static {
            int end;
            for (int start = 0; start < DENY_LIST.length(); start = end + 1) {
                end = DENY_LIST.indexOf(';', start);
                if (end < 0) {
                    end = DENY_LIST.length();
                }
                String rule = DENY_LIST.substring(start + 1, end); // without the "!"
                if (rule.endsWith(".**")) {
                    TREES.add(rule.substring(0, rule.length() - 3));
                } else if (rule.endsWith(".*")) {
                    PACKAGES.add(rule.substring(0, rule.length() - 2));
                } else {
                    CLASSES.add(rule);
                }
            }
        }

        private static boolean byPackage(String className) {
            int dot = className.lastIndexOf('.');
            if (dot > 0 && PACKAGES.contains(className.substring(0, dot))) {
                return true;
            }
            for (; dot > 0; dot = className.lastIndexOf('.', dot - 1)) {
                if (TREES.contains(className.substring(0, dot))) {
                    return true;
                }
            }
            return false;
        }
    }
}
