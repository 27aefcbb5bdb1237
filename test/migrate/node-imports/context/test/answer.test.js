import '../lib/answer.js';
