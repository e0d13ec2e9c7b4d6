package io.clustrix.it.contract;

import io.clustrix.spi.SerializerProvider;
import io.clustrix.testkit.SerializerContract;
import io.clustrix.worker.JdkSerializerProvider;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The serializer jdk keeps the contract of serializers")
class JdkSerializerContractTest extends SerializerContract {

    @Override
    protected SerializerProvider provider() {
        return new JdkSerializerProvider();
    }
}
