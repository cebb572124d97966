// The version of Flower that this suite serves; the images are tagged with it.

/** As in dockerfiles/container/requirements/flower.in. */
export const FLOWER_VERSION = '1.22.0'
