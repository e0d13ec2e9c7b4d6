package io.clustrix.it.contract;

import io.clustrix.serializer.kryo.KryoSerializerProvider;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.testkit.SerializerContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The serializer kryo keeps the contract of serializers")
class KryoSerializerContractTest extends SerializerContract {

    @Override
    protected SerializerProvider provider() {
        return new KryoSerializerProvider();
    }
}
