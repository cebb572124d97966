"""Federated softmax regression on handwritten digits: the example app of Secure Flower."""
