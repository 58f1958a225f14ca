"""keras: a model on the torch backend, fit, evaluate, saved and loaded.

needs: keras
tolerance: 1e-3
"""
import os
import tempfile

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(32, 6)).astype("float32")
y = (x[:, 0] > 0).astype("int64")
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.BatchNormalization(),
                          keras.layers.Dense(2, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
print(history.history["loss"], history.history["accuracy"])
print(model.evaluate(x, y, verbose=0))
path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
again = keras.models.load_model(path)
print(bool(np.allclose(again.predict(x, verbose=0), model.predict(x, verbose=0))), keras.backend.backend())
