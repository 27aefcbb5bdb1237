export const answer = (request, response) => response.end('ok');
