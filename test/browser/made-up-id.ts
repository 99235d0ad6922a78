/** The message id of the one letter or order that a test asks for by its id. */
export const ID = '08d0382e-8681-58ff-a43e-12f9d167641c';
